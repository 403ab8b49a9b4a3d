'use strict';
// The one inspector session of this environment.
//
// It stays open once it is open: disconnecting clears V8's table of object ids,
// and two dumps with different ids for the same objects cannot be compared.

const { setInterval } = require('node:timers');

/**
 * While a session is open, V8 keeps the arguments of the last 1,000 console
 * calls for it. Nobody will ever ask for them, so they are dropped this often.
 */
const DISCARD_CONSOLE_MS = 5000;

/** Loaded when first needed: it costs more than this whole package. */
let inspector;
let session;
let receiver;

function open() {
  inspector = require('node:inspector');
  session = new inspector.Session();
  session.connect();
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => receiver?.(params.chunk));
  setInterval(discardConsole, DISCARD_CONSOLE_MS).unref();
}

function discardConsole() {
  // A debugger that is attached, or may be, wants to see them.
  if (inspector.url() === undefined) session.post('Runtime.discardConsoleEntries');
}

/**
 * Takes a snapshot of this isolate, synchronously, on every version of V8.
 *
 * `takeHeapSnapshot` is deferred by newer V8 to an empty stack; this call is not,
 * so it also works in an interrupt and in `writeSnapshot()`.
 *
 * @param {(text: string) => void} onChunk Gets the text. It must not throw.
 * @param {{exposeInternals?: boolean, exposeNumericValues?: boolean}} [options]
 */
function takeSnapshot(onChunk, options = {}) {
  if (session === undefined) open();
  else discardConsole();
  receiver = onChunk;
  let failure = new Error('the inspector gave no answer');
  try {
    session.post('HeapProfiler.stopTrackingHeapObjects', {
      // Progress would be reported to JavaScript in the middle of V8's walk over the heap:
      // what that allocates crashes the walk.
      reportProgress: false,
      treatGlobalObjectsAsRoots: true,
      captureNumericValue: options.exposeNumericValues ?? false,
      exposeInternals: options.exposeInternals ?? false,
    }, (error) => { failure = error; });
  } finally {
    receiver = undefined;
  }
  if (failure) throw Object.assign(new Error(`V8 took no snapshot: ${failure.message}`), { code: 'ERR_HEAPDUMP_INTERNAL', cause: failure });
}

module.exports = { takeSnapshot };
