'use strict';
// The inbox of this environment: receives messages from native threads and other environments, and calls their handlers.

const binding = require('../binding.js');
const { fromFailure } = require('../errors.js');
const { NOTICES, QUERIES, REQUESTS } = require('./message-kinds.js');

/** kind -> function(message, interrupted). Handlers of requests return `false` to get the message again later. */
const handlers = new Map();
/** ticket -> function({ bytes }) that gets the progress */
const followers = new Map();
/** ticket -> function that gets the `finished` message */
const tickets = new Map();
let lastTicket = 0;

/** Stack frames that must be free for an interrupt: about 50 kB, more than a dump with Node's inspector needs. */
const MIN_STACK_FRAMES = 500;

/** Throws if the stack has no room for so many calls. */
function descend(frames) {
  if (frames > 0) descend(frames - 1);
}

/**
 * The number of this environment. Its handler throws only if the stack is nearly full; native code then interrupts again later.
 * If the handler neither returns nor throws, JavaScript was terminated.
 */
const id = binding.attach((text, interrupted) => {
  if (interrupted) descend(MIN_STACK_FRAMES);
  try {
    const message = JSON.parse(text);
    return handlers.get(message.kind)?.(message, interrupted) ?? true;
  } catch (error) {
    process.emitWarning(`heapdump-rs: internal error, please report it: ${error?.stack ?? error}`);
    return true;
  }
});
if (typeof id !== 'number') throw fromFailure(id);

/** Registers the handler of messages of this kind. */
function handle(kind, handler) {
  if (![...NOTICES, ...QUERIES, ...REQUESTS].includes(kind)) throw new Error(`message-kinds.js does not list ${kind}`);
  handlers.set(kind, handler);
}

/**
 * Returns a new ticket, and calls `settle(message)` with the `finished` message that has it.
 * Keeps the event loop alive until then, so that a started dump ends.
 * `follow({ bytes })` is called with the progress; it must not throw.
 */
function expect(settle, follow) {
  const ticket = ++lastTicket;
  tickets.set(ticket, settle);
  if (follow) followers.set(ticket, follow);
  stayAlive();
  return ticket;
}

/** Calls the function of a ticket, once. */
function settle(message) {
  const waiting = tickets.get(message.ticket);
  tickets.delete(message.ticket);
  followers.delete(message.ticket);
  waiting?.(message);
  stayAlive();
}

let isLoopHeld = false;
/** Keeps the event loop alive while a ticket waits. */
function stayAlive() {
  const isNeeded = tickets.size > 0;
  if (isNeeded !== isLoopHeld) {
    isLoopHeld = isNeeded;
    binding.keepLoopAlive(id, isNeeded);
  }
}

handle('finished', settle);
handle('progress', ({ ticket, bytes }) => followers.get(ticket)?.({ bytes }));

module.exports = { expect, handle, handlers, id, settle };
