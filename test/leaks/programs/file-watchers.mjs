// Each document that is opened gets a file watcher, which stays open when the document is closed.
import fs from 'node:fs';
import path from 'node:path';
import harness from '../harness.js';

const folder = process.argv[2];

class OpenDocument {
  constructor(n) {
    this.file = path.join(folder, `${n % 10}.txt`);
    fs.writeFileSync(this.file, `document ${n}`);
    this.text = fs.readFileSync(this.file, 'latin1').repeat(30);
    fs.watch(this.file, { persistent: false }, () => this.reload());
  }
  reload() { this.stale = true; }
  close() { this.text = ''; this.undo = new Array(70).fill(0.5); }
}

await harness.run((n) => new OpenDocument(n).close());
