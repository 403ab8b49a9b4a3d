// A panel subscribes to five events of the document and is closed without unsubscribing: one cause, five listener lists.
import { EventEmitter } from 'node:events';
import harness from '../harness.js';

class Document extends EventEmitter {}
const opened = new Document().setMaxListeners(0);

class Panel {
  constructor(n) {
    this.rows = new Array(60).fill(n + 0.5);
    for (const event of ['insert', 'remove', 'rename', 'save', 'select']) opened.on(event, (what) => this.refresh(event, what));
  }
  refresh(event, what) { this.last = [event, what]; }
  close() { this.closed = true; }
}

await harness.run((n) => {
  new Panel(n).close();
  if (n % 20 === 0) opened.emit('save', n);
});
