// A sidebar subscribes to five events of the model and takes all five listeners off when it is closed.
import { EventEmitter } from 'node:events';
import harness from '../harness.js';

const model = new EventEmitter().setMaxListeners(0);

class Sidebar {
  #listeners = new Map();
  constructor(n) {
    this.rows = new Array(60).fill(n + 0.5);
    for (const event of ['insert', 'remove', 'rename', 'save', 'select']) {
      const listener = (what) => { this.last = [event, what]; };
      this.#listeners.set(event, listener);
      model.on(event, listener);
    }
  }
  close() { for (const [event, listener] of this.#listeners) model.off(event, listener); }
}

await harness.run((n) => {
  const sidebars = [new Sidebar(n), new Sidebar(n + 0.5)];
  model.emit('save', n);
  for (const sidebar of sidebars) sidebar.close();
});
