// A queue of jobs, each of which is bound to the context it was made in; a job that failed stays linked to the next.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import harness from '../harness.js';

const tenants = new AsyncLocalStorage();
let last = null;

class Job extends AsyncResource {
  constructor(before) { super('Job'); this.before = before; }
}

await harness.run((n) => tenants.run({ tenant: `tenant ${n}`, settings: Array.from({ length: 50 }, (_, i) => n * i + 0.5) }, () => {
  last = new Job(last);
}));
