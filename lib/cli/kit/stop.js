'use strict';

/** Exit codes of a command that was ended by a signal, as shells report them. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs `work(stop)` so that it can clean up: the first Ctrl+C or SIGTERM aborts `stop`, the second exits at once.
 * @param {(stop: AbortSignal) => Promise<number|undefined>} work
 * @returns {Promise<number|undefined>} the exit code of `work`, or of the signal if `work` rejects because of it
 */
async function stoppable(work) {
  const controller = new AbortController();
  let code;
  const onSignal = (signal) => {
    // Listeners of 'exit' remove temporary files.
    if (controller.signal.aborted) process.exit(code);
    code = EXIT_CODES[signal];
    controller.abort();
  };
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted && error.name === 'AbortError') return code;
    throw error;
  } finally {
    for (const signal of Object.keys(EXIT_CODES)) process.removeListener(signal, onSignal);
  }
}

/** Returns the result of `work`, or rejects with an AbortError as soon as `stop` aborts. */
async function unlessStopped(work, stop) {
  if (!stop) return work;
  let onAbort;
  const stopped = new Promise((_, reject) => {
    onAbort = () => reject(stop.reason);
    if (stop.aborted) onAbort();
    else stop.addEventListener('abort', onAbort, { once: true });
  });
  try {
    // Also of an aborted signal: without the race, nothing would handle a rejection of `work`.
    return await Promise.race([stopped, work]);
  } finally {
    stop.removeEventListener('abort', onAbort);
  }
}

module.exports = { stoppable, unlessStopped };
