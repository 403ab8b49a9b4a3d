'use strict';
// Long work on native threads: how it is followed, stopped and awaited.

const { clearInterval, setInterval } = require('node:timers');
const { NativeControl } = require('../binding.js');
const { abortError } = require('../errors.js');
const { checks } = require('../validate.js');

/** Often enough for a progress bar, seldom enough to cost nothing. */
const REPORT_MS = 100;

/** The options that follow and stop work. */
const WORK_OPTIONS = { signal: checks.abortSignal, onProgress: checks.function };

/**
 * Awaits work that can be followed and stopped.
 *
 * @template T
 * @param {{signal?: AbortSignal, onProgress?: (progress: object) => void}} options
 *   An `onProgress` that throws stops the work, which then rejects with its error.
 * @param {(control: NativeControl) => Promise<T>} start
 * @param {(late: T) => void} [discard] gets a result that came although the work was stopped
 * @returns {Promise<T>}
 */
function follow({ signal, onProgress }, start, discard) {
  if (signal?.aborted) return Promise.reject(abortError(signal));
  const control = new NativeControl();
  if (signal === undefined && onProgress === undefined) return start(control);
  return new Promise((resolve, reject) => {
    let isStopped = false;
    let timer;
    const onAbort = () => stop(abortError(signal));
    const end = () => {
      clearInterval(timer);
      signal?.removeEventListener?.('abort', onAbort);
    };
    const stop = (reason) => {
      isStopped = true;
      control.cancel();
      end();
      // At once: the thread sees the flag later, and may be waiting for its turn.
      reject(reason);
    };
    const report = () => {
      try {
        onProgress?.(control.progress());
      } catch (error) {
        stop(error);
      }
    };
    signal?.addEventListener?.('abort', onAbort, { once: true });
    if (onProgress) timer = setInterval(report, REPORT_MS);
    start(control).then(
      (result) => {
        if (!isStopped) report();
        if (isStopped) return discard?.(result);
        end();
        return resolve(result);
      },
      (error) => {
        end();
        reject(error);
      },
    );
  });
}

module.exports = { WORK_OPTIONS, follow };
