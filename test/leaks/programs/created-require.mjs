// An ES module reloads a CommonJS part through createRequire; the function's own module collects the old versions.
import { createRequire } from 'node:module';
import harness from '../harness.js';

const load = createRequire(import.meta.url);

class Catalogue {
  #file = load.resolve('./parts/translations.js');
  refresh() {
    delete load.cache[this.#file];
    this.current = load(this.#file);
  }
  say(key) { return this.current.translate(key); }
}

const catalogue = new Catalogue();
await harness.run((n) => { catalogue.refresh(); catalogue.say(`phrase.${n}`); });
