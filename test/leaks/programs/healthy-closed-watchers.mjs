// Editors watch their file too, and close the watcher when they are closed.
import fs from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import harness from '../harness.js';

const drafts = process.argv[2];

class Editor {
  #watcher;
  constructor(n) {
    this.file = path.join(drafts, `${n % 10}.md`);
    fs.writeFileSync(this.file, `draft ${n}`);
    this.text = fs.readFileSync(this.file, 'latin1').repeat(30);
    this.#watcher = fs.watch(this.file, { persistent: false }, () => { this.stale = true; });
  }
  async close() {
    const closed = once(this.#watcher, 'close');
    this.#watcher.close();
    await closed;
  }
}

await harness.run((n) => new Editor(n).close());
