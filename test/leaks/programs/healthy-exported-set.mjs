// Tickets are closed at the end of the process, which waits for the promise once and knows the open tickets by a set.
import harness from '../harness.js';
import { terminated } from './parts/lifecycle.mjs';

const open = new Set();
terminated.then(() => { for (const ticket of open) ticket.close(); });

class Ticket {
  constructor(n) { this.n = n; this.notes = `ticket ${n} `.repeat(60) + n; open.add(this); }
  close() { open.delete(this); }
}

await harness.run((n) => { new Ticket(n).close(); });
