'use strict';
// Dumps by a forked child: tries, tries again, and falls back.

const binding = require('./binding.js');
const { capture } = require('./capture.js');

/** A thread may have been changing what the child needed at the very instant of the fork: rare, and over the next time. */
const ATTEMPTS = 2;

/** Why this process cannot be forked for a dump; `undefined` if it can, as far as is known without trying. */
function obstacle() {
  if (process.platform !== 'linux') return 'forked dumps exist on Linux only';
  return binding.forkObstacle() ?? undefined;
}

/**
 * Like `capture`, by a forked child. Where that fails for a reason of its own, dumps
 * in place if `request.fallback` allows it (it does by default); the result's
 * `fallback` then says why.
 */
function captureForked(request, done, attempt = 1) {
  const { fallback = true, ...rest } = request;
  const otherwise = (error) => {
    if (!isForksOwn(error)) return done(error);
    if (attempt < ATTEMPTS && error.code === 'ERR_HEAPDUMP_CHILD') return retry(() => captureForked(request, done, attempt + 1), done);
    if (!fallback) return done(error);
    return retry(() => capture({ ...rest, method: 'inline', fallbackReason: error.message }, done), done);
  };
  const impossible = obstacle();
  if (impossible) return otherwise(Object.assign(new Error(`no dump by a forked child: ${impossible}`), { code: 'ERR_HEAPDUMP_UNSUPPORTED' }));
  return capture({ ...rest, method: 'fork' }, (error, result) => (error ? otherwise(error) : done(null, result)));
}

/** Whether another way to dump may succeed where forking did not. */
function isForksOwn({ code, syscall }) {
  return code === 'ERR_HEAPDUMP_CHILD' || code === 'ERR_HEAPDUMP_UNSUPPORTED' || ['fork', 'pipe2', 'read'].includes(syscall);
}

/** What a first attempt throws reaches the caller; what a later one throws is its end. */
function retry(action, done) {
  try {
    action();
  } catch (error) {
    done(error);
  }
}

module.exports = { captureForked, obstacle };
