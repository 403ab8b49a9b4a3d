'use strict';
// Follows, stops and awaits background tasks on native threads.

const { clearInterval, setInterval } = require('node:timers');
const { NativeControl } = require('../binding.js');
const { abortError } = require('../errors.js');
const { checks } = require('../validate.js');

/** Interval of progress reports. Their cost is not measurable. */
const REPORT_MS = 100;

/** Options that follow and stop a task. */
const WORK_OPTIONS = { signal: checks.abortSignal, onProgress: checks.function };

/**
 * Awaits a task that can be followed and stopped.
 *
 * @template T
 * @param {{signal?: AbortSignal, onProgress?: (progress: object) => void}} options
 *   An `onProgress` that throws stops the task, which then rejects with this error.
 * @param {(control: NativeControl) => Promise<T>} start
 * @param {(late: T) => void} [discard] gets a result that arrives after the task was stopped
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
      // Rejects at once, because the native thread sees the flag later, and may not have started yet.
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
