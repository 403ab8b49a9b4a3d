// A new require function for each refresh, whose module and children go with it.
import { createRequire } from 'node:module';
import harness from '../harness.js';

class Dictionary {
  refresh() {
    const load = createRequire(import.meta.url);
    const file = load.resolve('./parts/translations.js');
    delete load.cache[file];
    this.current = load(file);
  }
  say(key) { return this.current.translate(key); }
}

const dictionary = new Dictionary();
await harness.run((n) => { dictionary.refresh(); dictionary.say(`phrase.${n}`); });
