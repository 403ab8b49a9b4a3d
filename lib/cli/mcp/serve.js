'use strict';
// The worker's side of background.js: runs operations by name, with progress and cancellation.

const { parentPort } = require('node:worker_threads');
const { toFailure } = require('../../errors.js');

/**
 * Answers the calls of the main thread.
 *
 * @param {Object<string, (args: object, how: {signal: AbortSignal, onProgress: (progress: object) => void}) => unknown>} operations
 * @param {(error: Error) => string} [codeOf] the code of an error
 */
function serve(operations, codeOf = ({ code }) => code) {
  /** id -> what aborts the call. */
  const running = new Map();

  async function run({ id, name, args }) {
    const controller = new AbortController();
    running.set(id, controller);
    const onProgress = (progress) => parentPort.postMessage({ id, progress });
    try {
      parentPort.postMessage({ id, result: await operations[name](args, { signal: controller.signal, onProgress }) });
    } catch (error) {
      const code = codeOf(error);
      parentPort.postMessage({ id, failure: { ...toFailure(error), ...(code !== undefined && { code }) } });
    } finally {
      running.delete(id);
    }
  }

  parentPort.on('message', (message) => {
    if (message.isAborted) running.get(message.id)?.abort();
    else run(message);
  });
}

module.exports = { serve };
