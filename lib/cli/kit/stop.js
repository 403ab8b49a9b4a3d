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

module.exports = { stoppable };
