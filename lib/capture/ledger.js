'use strict';
// The ledger of a dump that has a sidecar: where the memory of the process was before the dump, and after it. A native thread reads
// it before V8 is asked and after the file was published, so that the pause of the dump is not longer.

const { writeWhole } = require('./whole-file.js');
const { within } = require('./within.js');

/** Maximum time to replace a sidecar. The file system may never answer, and the snapshot is there already. */
const REPLACE_TIMEOUT_MS = 2000;

/** Returns the ledger; `null` if the kernel does not show the process to itself. */
async function read() {
  try {
    return await require('../memory/index.js').take();
  } catch {
    return null;
  }
}

/** Returns the ledger of now, for the facts of a dump that has a sidecar. */
async function measured() {
  return { before: await read(), after: null };
}

/** Returns the result of a dump with the ledger of now, and writes it to the sidecar, if it had one before. */
async function completed(result) {
  if (!result?.memory) return result;
  const complete = { ...result, memory: { ...result.memory, after: await read() } };
  const replaced = writeWhole(`${result.path}.json`, textOf(complete), { mustExist: true });
  // Without the ledger, the sidecar is as it was before.
  await within(replaced, REPLACE_TIMEOUT_MS, () => new Error('the file system does not answer')).catch(() => {});
  return complete;
}

/**
 * Calls `run(request)`, which returns a promise of a result, with the ledgers of before and after if the request has a sidecar. Calls
 * it at once without one: the process may exit before the next turn, and waits for a dump that has begun.
 */
function withLedgers(request, run) {
  if (!request.sidecar) return run(request);
  return measured().then(async (memory) => completed(await run({ ...request, memory })));
}

/** Returns the text of a sidecar, with the samples of `watch()`, one in each line. */
function textOf(result) {
  const samples = require('../memory/samples.js').samplesOfWatch();
  const text = JSON.stringify(result, null, 2);
  if (samples === undefined) return `${text}\n`;
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`).join(',\n');
  return `${text.slice(0, -2)},\n  "samples": [\n${lines}\n  ]\n}\n`;
}

module.exports = { completed, measured, withLedgers };
