'use strict';
// Async functions that wait for ever, each with its locals.
const waiters = [];
const never = () => new Promise((resolve) => { waiters.push(resolve); });
async function worker(n) {
  const job = { n, input: 'i'.repeat(1500) + n };
  await never();
  return job.input;
}
require('../harness').run((n) => { worker(n); });
