// Every lease waits for the exported promise `terminated` to be released, even when it was given back long ago.
import harness from '../harness.js';
import { terminated } from './parts/lifecycle.mjs';

const free = ['a', 'b', 'c'];

function lease(n) {
  const name = free.shift();
  const record = { name, n, log: `lease ${n} of ${name} `.repeat(60) + n };
  terminated.finally(function releaseLease() { record.name = null; });
  return { record, giveBack: () => free.push(name) };
}

await harness.run((n) => { lease(n).giveBack(); });
