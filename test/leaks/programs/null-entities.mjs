// A game world replaces dead entities by null and appends the new ones, so its array grows though few are alive.
import harness from '../harness.js';

class World {
  #entities = [];
  #alive = new Set();
  spawn(kind) {
    const entity = { kind, index: this.#entities.length };
    this.#entities.push(entity);
    this.#alive.add(entity);
    return entity;
  }
  kill(entity) {
    this.#entities[entity.index] = null;
    this.#alive.delete(entity);
  }
}

const world = new World();
await harness.run((n) => {
  for (let i = 0; i < 200; i++) world.kill(world.spawn(n % 2 === 0 ? 'arrow' : 'spark'));
});
