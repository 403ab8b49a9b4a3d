'use strict';
// Takes a dump of another process through a descriptor of this one, so that neither needs a directory. The process handles the
// signal, connects to a socket of this command, and gets the request and the descriptor. Linux only.

const { clearInterval, clearTimeout, setInterval, setTimeout } = require('node:timers');
const binding = require('../../binding.js');
const { abortError, fromFailure } = require('../../errors.js');
const { EXIT } = require('../kit/exit.js');
const { pidInside } = require('./inspect.js');
const { lives } = require('./processes.js');
const { Refusal, named } = require('./refusal.js');

/** Interval at which the command checks that the process is alive. */
const POLL_MS = 250;

/** Maximum timeout that native code takes. */
const MAX_WAIT_MS = 0x7fffffff;

/**
 * Takes a dump that `target` writes to `descriptor`.
 *
 * @param {import('./processes.js').Process} target
 * @param {object} how
 * @param {number} how.descriptor of this process; its offset is shared with the target
 * @param {{redact?: string, compress?: string}} how.request
 * @param {() => void} how.send sends the signal
 * @param {number} how.timeoutMs
 * @param {() => void} [how.onTaken] called when the process has the descriptor
 * @param {AbortSignal} [how.abort] ends the wait
 * @returns {Promise<import('../../..').DumpResult>} when the snapshot is complete
 */
async function receive(target, { descriptor, request, send, timeoutMs, onTaken, abort }) {
  const offer = binding.offerHandover?.(pidInside(target.pid));
  if (!offer) throw new Refusal('--to works on Linux only: dump to a file, and send that', { exit: EXIT.other });
  if (offer.code !== undefined || offer.syscall !== undefined) throw refusedOffer(target, offer);
  let isLate = false;
  const alive = setInterval(() => lives(target) || offer.close(), POLL_MS);
  const stop = () => offer.close();
  abort?.addEventListener('abort', stop, { once: true });
  const late = setTimeout(() => {
    isLate = true;
    offer.close();
  }, timeoutMs);
  try {
    const coming = offer.handOver(target.pid, descriptor, JSON.stringify(request), Math.min(timeoutMs, MAX_WAIT_MS));
    send();
    const isTaken = await coming;
    if (abort?.aborted) throw abortError(abort);
    if (!isTaken) throw new Refusal(whyNotTaken(target, timeoutMs), { exit: EXIT.other });
    onTaken?.();
    const answer = await offer.answer();
    if (answer === '' && abort?.aborted) throw abortError(abort);
    if (answer === '') {
      const reason = isLate ? `did not complete the dump within ${timeoutMs / 1000} s` : 'ended before the dump was complete';
      throw new Refusal(`${named(target)} ${reason}`, { exit: EXIT.other });
    }
    const { result, failure } = JSON.parse(answer);
    if (failure) throw new Refusal(`the dump of ${named(target)} failed: ${fromFailure(failure).message}`, { exit: EXIT.other });
    return result;
  } finally {
    clearInterval(alive);
    clearTimeout(late);
    abort?.removeEventListener('abort', stop);
    offer.close();
  }
}

function refusedOffer(target, failure) {
  const error = fromFailure(failure);
  const isTaken = error.code === 'EADDRINUSE';
  const message = isTaken ? `another command is taking a dump of ${named(target)}` : error.message;
  return new Refusal(message, { exit: EXIT.other });
}

function whyNotTaken(target, timeoutMs) {
  if (!lives(target)) return `${named(target)} has ended`;
  return (
    `${named(target)} did not connect to this command within ${timeoutMs / 1000} s: its heapdump-rs is older, it runs in another ` +
    'network namespace (run this command in its container), or it is busy in native code. It may have written a file instead'
  );
}

module.exports = { receive };
