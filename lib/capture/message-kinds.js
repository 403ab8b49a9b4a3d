'use strict';
// Lists the messages that the JavaScript of an environment receives. The `kind` of a message selects its handler.

/**
 * Notices from native code, without an answer. crates/capture/src/notice.rs makes them.
 *
 * @typedef {{kind: 'ended'}} Ended JavaScript was terminated while it served a request
 * @typedef {{kind: 'finished', ticket: number, result?: object, failure?: object}} Finished the dump with this ticket ended
 * @typedef {{kind: 'gone', from: number}} Gone the environment with this number ended
 * @typedef {{kind: 'lockFree'}} LockFree no dump is under way: the dump lock is free
 * @typedef {{kind: 'progress', ticket: number, bytes: number}} Progress the dump with this ticket has written so many bytes
 */
const NOTICES = ['ended', 'finished', 'gone', 'lockFree', 'progress'];

/**
 * Requests for a dump. JavaScript composes them. Native code delivers them, by an interrupt if JavaScript is stuck, and delivers
 * them again later if the handler returns `false`.
 *
 * @typedef {{kind: 'dump', from: number, ticket: number, request: import('./capture.js').Request}} DumpRequest from another
 *   environment, for `threads: 'all'`
 * @typedef {{kind: 'heapLimit'}} HeapLimit V8 is about to run out of heap
 * @typedef {{kind: 'signal', settings: object, place?: object, children?: number, forkedSince?: number, failure?: object,
 *   probed?: boolean, memory?: object}} SignalRequest `settings` of `install()`; `memory` is the ledger of a dump with a sidecar; the
 *   rest describes children that have failed
 */
const REQUESTS = ['dump', 'heapLimit', 'signal'];

/**
 * Queries from another environment, answered from the event loop with a `finished` notice.
 *
 * @typedef {{kind: 'memory', from: number, ticket: number}} MemoryQuery asks for the statistics of this thread's heap
 */
const QUERIES = ['memory'];

module.exports = { NOTICES, QUERIES, REQUESTS };
