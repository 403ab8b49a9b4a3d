'use strict';
// Races against the end of the process too, but through a set of rejecters that each job leaves when it is done.
const stopListeners = new Set();
process.once('SIGUSR2', () => { for (const reject of stopListeners) reject(new Error('stopping')); });

async function resize(n) {
  await new Promise((resolve) => { setImmediate(resolve); });
  return { n, preview: Buffer.alloc(2_000, n).toString('hex') };
}

async function untilStopped(work) {
  let leave;
  const stopped = new Promise((_, reject) => {
    stopListeners.add(reject);
    leave = () => stopListeners.delete(reject);
  });
  try {
    return await Promise.race([stopped, work]);
  } finally {
    leave();
  }
}

require('../harness').run(async (n) => (await untilStopped(resize(n))).preview.length);
