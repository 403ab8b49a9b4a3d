// Jobs are in a queue that a class owns and in a global index: their dominator is the root.
class Job {
  constructor(n) { this.result = new Float64Array(500).fill(n); }
}
class Queue {
  waiting = new Set();
  add(job) { this.waiting.add(job); }
}
export const queue = new Queue();
globalThis.jobsById = {};
for (let n = 0; n < 3000; n++) {
  const job = new Job(n);
  queue.add(job);
  globalThis.jobsById[`job-${n}`] = job;
}
const { write } = (await import('../single.js')).default;
write();
