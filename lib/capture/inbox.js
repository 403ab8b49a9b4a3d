'use strict';
// The mailbox of this environment: requests and notices from native threads and other environments.

const binding = require('../binding.js');
const { fromFailure } = require('../errors.js');
const { NOTICES, QUERIES, REQUESTS } = require('./message-kinds.js');

/** kind -> function(message, interrupted). Handlers of requests return `false` to be asked again later. */
const handlers = new Map();
/** ticket -> function({ bytes }) of whoever wants to follow. */
const followers = new Map();
/** ticket -> settle function of a dump being finished, or of an answer awaited. */
const tickets = new Map();
let lastTicket = 0;

/** More than a dump needs, Node's inspector included: about 50 kB. */
const STACK_FRAMES = 500;

/** Throws if there is no stack left for so many calls. */
function descend(frames) {
  if (frames > 0) descend(frames - 1);
}

/**
 * Throws for want of stack only, which native code takes as "interrupt again later". A call without an answer and
 * without an error was ended from outside.
 */
const id = binding.attach((text, interrupted) => {
  if (interrupted) descend(STACK_FRAMES);
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
 * Registers `settle(message)` for the notice that answers a new ticket.
 * The loop stays alive until then: a dump that was begun is ended.
 * `follow({ bytes })` is called for notices of progress; it must not throw.
 */
function expect(settle, follow) {
  const ticket = ++lastTicket;
  tickets.set(ticket, settle);
  if (follow) followers.set(ticket, follow);
  stayAlive();
  return ticket;
}

/** Answers a ticket, once. */
function settle(message) {
  const waiting = tickets.get(message.ticket);
  tickets.delete(message.ticket);
  followers.delete(message.ticket);
  waiting?.(message);
  stayAlive();
}

let keptAlive = false;
function stayAlive() {
  const needed = tickets.size > 0;
  if (needed !== keptAlive) {
    keptAlive = needed;
    binding.keepLoopAlive(id, needed);
  }
}

handle('finished', settle);
handle('progress', ({ ticket, bytes }) => followers.get(ticket)?.({ bytes }));

module.exports = { expect, handle, handlers, id, settle };
