import { run } from '../harness.js';
// An exported array of a module.
export const history = [];
class Entry { constructor(n) { this.n = n; this.data = Buffer.alloc(900, n % 200).toString('latin1'); } }
await run((n) => { history.push(new Entry(n)); });
