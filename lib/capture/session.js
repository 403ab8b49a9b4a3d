'use strict';
// The one inspector session of this environment.
//
// It stays open once it is open: disconnecting clears V8's table of object ids,
// and two dumps with different ids for the same objects cannot be compared.

const { clearInterval, setInterval } = require('node:timers');

/**
 * While a session is open, V8 keeps the arguments of the last 1,000 console
 * calls for it. Nobody will ever ask for them, so they are dropped this often.
 */
const DISCARD_CONSOLE_MS = 5000;

/**
 * Loaded together with this package, in about a millisecond, and not by the first dump. A dump by an interrupt could be
 * terminated by a `vm` timeout while it loads a built-in module, or interrupt the application while it loads the same
 * module. Either way Node keeps the half-loaded module, for this package and for the application, until the process ends.
 */
let inspector;
try {
  inspector = require('node:inspector');
} catch {
  // Every dump fails with this error then.
}

let session;
let receiver;
let discarding;

/** Returns why this host takes no snapshots; `undefined` if it does, or if only an attempt can tell. */
function obstacle() {
  if (process.versions.bun !== undefined) return 'Bun runs JavaScript with JavaScriptCore, and only V8 takes these snapshots';
  if (!process.features.inspector) return 'this Node was built without the inspector';
  return undefined;
}

function unsupported(message) {
  return Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
}

/** Opens the session, once. */
function open() {
  if (session !== undefined) return;
  // Node's error about a missing inspector has a code of its own.
  if (process.versions.bun !== undefined) throw unsupported(obstacle());
  inspector ??= require('node:inspector'); // throws if Node was built without the inspector
  const opened = connect();
  opened.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => receiver?.(params.chunk));
  session = opened;
  discarding = setInterval(discardConsole, DISCARD_CONSOLE_MS).unref();
}

function isOpen() {
  return session !== undefined;
}

/** Closes the session: objects have other ids in later dumps. */
function close() {
  clearInterval(discarding);
  session?.disconnect();
  session = undefined;
}

function connect() {
  try {
    const opened = new inspector.Session();
    opened.connect();
    return opened;
  } catch (error) {
    // Node's own errors have codes. Deno without a permission throws one that has none.
    throw error.code === undefined ? Object.assign(unsupported(error.message), { cause: error }) : error;
  }
}

function discardConsole() {
  // A debugger that is attached, or may be, wants to see them.
  if (inspector.url() === undefined) session.post('Runtime.discardConsoleEntries');
}

/**
 * V8 before version 12 looks for the line of every function, and of the constructor of every object, by reading the script
 * from its start, unless it has the table of the script's lines: with a script of 9 MB a snapshot takes 90 s instead of one.
 */
const LACKS_LINES = Number(process.versions.v8.split('.', 1)[0]) < 12;

/** Opens the session, and lets V8 do what makes a snapshot quick. Before a fork: the child may not do it. */
function prepare() {
  open();
  if (!LACKS_LINES) return;
  // V8 makes the tables of all scripts, to tell how many lines each has, and keeps them.
  session.post('Debugger.enable');
  session.post('Debugger.disable');
}

/** Node 22 and newer let `takeHeapSnapshot` wait for an empty stack. */
const IS_DEFERRED = Number(process.versions.node.split('.')[0]) > 20;

/**
 * Takes a snapshot of this isolate before it returns: for an interrupt, and for
 * `writeSnapshot()`. On newer V8 that takes the one call that is not deferred,
 * at the price of a second walk over the heap.
 *
 * @param {(text: string) => void} onChunk Gets the text. It must not throw.
 * @param {{exposeInternals?: boolean, exposeNumericValues?: boolean}} options
 * @param {boolean} [isPrepared] whether `prepare` has been called just now
 */
function takeSnapshotNow(onChunk, options, isPrepared = false) {
  if (!isPrepared) prepare();
  let hasAnswered = false;
  let failure;
  const method = IS_DEFERRED ? 'HeapProfiler.stopTrackingHeapObjects' : 'HeapProfiler.takeHeapSnapshot';
  post(method, onChunk, options, (error) => {
    hasAnswered = true;
    failure = error;
  });
  // Made late: the snapshot would see an error that is there, and what its stack holds.
  if (!hasAnswered) failure = answersLater('dump() works');
  if (failure) throw failure;
}

/**
 * Takes a snapshot of this isolate now or when the loop turns, the cheapest way.
 *
 * @param {(text: string) => void} onChunk Gets the text. It must not throw.
 * @param {{exposeInternals?: boolean, exposeNumericValues?: boolean}} options
 * @param {(error: Error|null) => void} done
 */
function takeSnapshot(onChunk, options, done) {
  prepare();
  post('HeapProfiler.takeHeapSnapshot', onChunk, options, done);
}

/** @param {string} instead what works all the same */
function answersLater(instead) {
  return unsupported(`the inspector of this host answers from the event loop only, as that of Deno does: ${instead}`);
}

/** Frees all that can be freed, now or when the loop turns. `done` gets an error or `null`. */
function collectGarbage(done) {
  open();
  session.post('HeapProfiler.collectGarbage', done);
}

/**
 * Calls `receive(name, text)` for each living script of this isolate that has a name. Blocks.
 *
 * @param {(script: {url: string, length: number, hash: string}) => string|undefined} nameOf gives `undefined` for a script
 *   that is not wanted
 * @param {(name: string, text: string) => void} receive must not throw
 */
function eachScript(nameOf, receive) {
  open();
  const scripts = [];
  const note = ({ params }) => scripts.push(params);
  session.on('Debugger.scriptParsed', note);
  try {
    // V8 names all scripts before this returns.
    let hasAnswered = false;
    session.post('Debugger.enable', () => {
      hasAnswered = true;
    });
    if (!hasAnswered) throw answersLater('texts of scripts are not read');
    for (const script of scripts) {
      const name = nameOf(script);
      if (name === undefined) continue;
      session.post('Debugger.getScriptSource', { scriptId: script.scriptId }, (error, result) => {
        if (!error) receive(name, result.scriptSource);
      });
    }
  } finally {
    session.post('Debugger.disable');
    session.removeListener('Debugger.scriptParsed', note);
  }
}

/**
 * Sends a command that V8 answers before this returns, and returns the answer.
 *
 * @param {string} method
 * @param {object} [parameters]
 */
function command(method, parameters = {}) {
  open();
  let answer;
  session.post(method, parameters, (error, result) => {
    answer = { error, result };
  });
  if (answer === undefined) throw answersLater('snapshots are taken');
  if (answer.error) throw Object.assign(new Error(`${method}: ${answer.error.message}`), { code: 'ERR_HEAPDUMP_INTERNAL' });
  return answer.result;
}

function post(method, onChunk, options, done) {
  discardConsole();
  // Only one snapshot is taken at a time, but a deferred one may have one that is not in between.
  const outer = receiver;
  receiver = onChunk;
  session.post(
    method,
    {
      // Progress would be reported to JavaScript in the middle of V8's walk over the heap:
      // what that allocates crashes the walk.
      reportProgress: false,
      treatGlobalObjectsAsRoots: true,
      captureNumericValue: options.exposeNumericValues ?? false,
      exposeInternals: options.exposeInternals ?? false,
    },
    (error) => {
      receiver = outer;
      done(
        error && Object.assign(new Error(`V8 took no snapshot: ${error.message}`), { code: 'ERR_HEAPDUMP_INTERNAL', cause: error }),
      );
    },
  );
}

module.exports = {
  IS_DEFERRED,
  close,
  collectGarbage,
  command,
  eachScript,
  isOpen,
  obstacle,
  prepare,
  takeSnapshot,
  takeSnapshotNow,
};
