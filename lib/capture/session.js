'use strict';
// The inspector session of this environment. There is only one.
//
// It stays open: disconnecting clears V8's table of object ids, and two dumps with different ids for the same objects cannot be
// compared.

const { clearInterval, setInterval } = require('node:timers');
const binding = require('../binding.js');

/** While a session is open, V8 retains the arguments of the last 1,000 console calls. They are discarded at this interval. */
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
  // Every dump then fails with this error.
}

let session;
let receiver;
let discarding;
/** Whether V8 tracks allocations for this package. */
let isTrackingNow = false;

/** Returns why this host takes no snapshots; `undefined` if it takes them, or if only an attempt can show it. */
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
  // An attached debugger, or one that may attach, needs them.
  if (inspector.url() === undefined) session.post('Runtime.discardConsoleEntries');
}

/**
 * V8 before version 12 looks for the line of every function, and of the constructor of every object, by reading the script
 * from its start, unless it has the table of the script's lines: with a script of 9 MB a snapshot takes 90 s instead of one.
 */
const LACKS_LINES = Number(process.versions.v8.split('.', 1)[0]) < 12;

/** Opens the session and has V8 make the tables of lines. Must run before a fork, because the child may not do it. */
function prepare() {
  open();
  if (!LACKS_LINES) return;
  // To report how many lines each script has, V8 makes the tables of all scripts. It retains them.
  session.post('Debugger.enable');
  session.post('Debugger.disable');
}

/** Node 22 and newer let `takeHeapSnapshot` wait for an empty stack. */
const IS_DEFERRED = Number(process.versions.node.split('.')[0]) > 20;

/**
 * Takes a snapshot of this isolate and blocks until it is complete: for an interrupt, and for `writeSnapshot()`. On newer V8
 * only one call is not deferred, and it walks over the heap twice.
 *
 * @param {(text: string) => void} onChunk must not throw
 * @param {{exposeInternals?: boolean, exposeNumericValues?: boolean}} options
 * @param {boolean} [isPrepared] whether `prepare` has been called just now
 */
function takeSnapshotNow(onChunk, options, isPrepared = false) {
  if (!isPrepared) prepare();
  let hasAnswered = false;
  let failure;
  // The command ends the tracking of allocations, too.
  if (IS_DEFERRED) isTrackingNow = false;
  const method = IS_DEFERRED ? 'HeapProfiler.stopTrackingHeapObjects' : 'HeapProfiler.takeHeapSnapshot';
  post(method, onChunk, options, (error) => {
    hasAnswered = true;
    failure = error;
  });
  // The error is created late, because the snapshot would contain an existing error and the objects that its stack retains.
  if (!hasAnswered) failure = answersLater('dump() works');
  if (failure) throw failure;
}

/**
 * Takes a snapshot of this isolate, now or when the event loop turns. The cheapest method.
 *
 * @param {(text: string) => void} onChunk must not throw
 * @param {{exposeInternals?: boolean, exposeNumericValues?: boolean}} options
 * @param {(error: Error|null) => void} done
 */
function takeSnapshot(onChunk, options, done) {
  prepare();
  post('HeapProfiler.takeHeapSnapshot', onChunk, options, done);
}

/** @param {string} instead the consequence, or an alternative */
function answersLater(instead) {
  return unsupported(`the inspector of this host answers from the event loop only, as that of Deno does: ${instead}`);
}

/**
 * Starts to track the stacks of all allocations. Not by the inspector's command, which also makes V8 assign ids every 50 ms: V8 forgets
 * the stack of an object that moves after it got its id. Returns whether this host can.
 */
function startTracking() {
  open();
  isTrackingNow = binding.startTrackingAllocations();
  return isTrackingNow;
}

/** Returns whether V8 tracks allocations for this package. Another snapshot ends that. */
function isTracking() {
  return isTrackingNow;
}

/** Ends tracking. */
function stopTracking() {
  if (isTrackingNow) binding.stopTrackingAllocations();
  isTrackingNow = false;
}

/** Returns the address at which debuggers connect; `undefined` if they cannot. */
function inspectorAddress() {
  return inspector?.url();
}

/** Collects all garbage, now or when the event loop turns. `done` gets an error or `null`. */
function collectGarbage(done) {
  open();
  session.post('HeapProfiler.collectGarbage', done);
}

/**
 * Calls `receive(name, text)` for each living script of this isolate that has a name. Blocks.
 *
 * @param {(script: {url: string, length: number, hash: string}) => string|undefined} nameOf returns `undefined` for a script
 *   to skip
 * @param {(name: string, text: string) => void} receive must not throw
 */
function eachScript(nameOf, receive) {
  open();
  const scripts = [];
  const note = ({ params }) => scripts.push(params);
  session.on('Debugger.scriptParsed', note);
  try {
    // V8 reports all scripts before this returns.
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

/** More functions than the receiver of a snapshot can have on its stack. */
const SPARE_FUNCTIONS = 1000;

/**
 * Changes the header of a snapshot with allocation stacks. V8 states the number of functions first. While it hands out the text, the
 * receiver allocates in more functions, and DevTools opens no snapshot with more functions than stated. With fewer it does.
 */
function withSpareFunctions(text) {
  return text.replace(
    /"trace_function_count":([1-9]\d*)/,
    (_, count) => `"trace_function_count":${Number(count) + SPARE_FUNCTIONS}`,
  );
}

function post(method, onChunk, options, done) {
  discardConsole();
  // While a deferred snapshot waits for the event loop, an interrupt can take another one.
  const outer = receiver;
  receiver = (text) => {
    receiver = onChunk;
    onChunk(withSpareFunctions(text));
  };
  session.post(
    method,
    {
      // V8 would report progress to JavaScript in the middle of its walk over the heap. Allocations of JavaScript crash the walk.
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
  inspectorAddress,
  isOpen,
  isTracking,
  obstacle,
  prepare,
  startTracking,
  stopTracking,
  takeSnapshot,
  takeSnapshotNow,
};
