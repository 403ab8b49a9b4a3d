'use strict';
// The signal trigger: `kill -USR2 PID` writes a snapshot. `decision.js` decides on the method. The state of a waiting request is
// in the message itself, or in the one `SignalTrigger` of this environment.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setImmediate } = require('node:timers');
const { threadId } = require('node:worker_threads');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { EXIT_GRACE_MS, capture } = require('./capture.js');
const { CHILD_CODES, decide, isForked } = require('./decision.js');
const { DEFAULT_SIGNAL, directoryFromEnvironment, readOptions } = require('./environment.js');
const { fromFailure, toFailure } = require('../errors.js');
const { isEncrypting } = require('./encryption.js');
const { publish } = require('./events.js');
const { afterProbe, forks } = require('./fork.js');
const inbox = require('./inbox.js');
const { completed, measured } = require('./ledger.js');
const { encodingFor, forThread, nameNow, withSuffix } = require('./names.js');
const { optionsFor, schemaOf } = require('./options.js');
const { takeHandover, takeRequest, withRequest } = require('./signal-request.js');
const { checkOptions, wrongValue } = require('../validate.js');

const SCHEMA = schemaOf('install');

/** `wedgedAfterMs`: a healthy event loop turns many times per second. */
const DEFAULTS = { threads: 'main', compress: false, sidecar: false, wedgedAfterMs: 1000 };

const UNCATCHABLE = ['SIGKILL', 'SIGSTOP'];

class SignalTrigger {
  /** The settings of `install()`, with all defaults filled in; `undefined` if nothing is installed. */
  #installed;
  /** The ticket that waits for the fork self-test; `undefined` if there is none. */
  #selfTest;
  /** Whether the ledger of the process is being read, after which the request is posted again. */
  #isMeasuring = false;
  /** Target and options of a request that waits for the dump lock. They are retained, so that `{seq}` counts files, not attempts. */
  #reserved;

  /** Starts to answer the signal. A second call replaces the settings of the first. */
  install(options) {
    const checked = checkOptions(options, SCHEMA);
    // The directory and the redaction are read again for each dump.
    const { dir: _dir, redact: _redact, signal = DEFAULT_SIGNAL, ...fromEnvironment } = optionsFor('install', readOptions());
    const settings = { ...DEFAULTS, ...fromEnvironment, signal, ...checked };
    const number = os.constants.signals[settings.signal];
    if (number === undefined) throw wrongValue('signal', 'must be the name of a signal', settings.signal);
    if (UNCATCHABLE.includes(settings.signal)) throw wrongValue('signal', 'must be one that a process can catch', settings.signal);
    // The settings travel with the request: with threads: 'all', other threads answer it too.
    const message = JSON.stringify({ kind: 'signal', settings });
    const failure = binding.install(inbox.id, number, settings.threads === 'all', settings.wedgedAfterMs, message);
    if (failure) throw fromFailure(failure);
    this.#installed = settings;
  }

  /** Stops answering the signal. Returns `false` if this thread had not installed the trigger. */
  uninstall() {
    this.#installed = undefined;
    return binding.uninstall(inbox.id);
  }

  /** Returns the settings for `capabilities()`. */
  get installation() {
    return this.#installed && { ...this.#installed, wedgedAfterMs: this.#installed.wedgedAfterMs ?? false };
  }

  /**
   * Serves a request; returns `false` if it has to wait for the dump lock.
   *
   * @param {import('./message-kinds.js').SignalRequest} request
   * @param {boolean} isInterrupted JavaScript is stuck, and may never return to its event loop
   */
  serve(request, isInterrupted) {
    const isServed = this.#answer(request, isInterrupted);
    // Ended after the dump has started, because from then on the dump keeps the event loop alive.
    if (request.probed && isServed) this.#endSelfTest();
    return isServed;
  }

  #answer(request, isInterrupted) {
    const { settings, file, children = 0, failure, probed = false, memory } = request;
    if (settings.sidecar && memory === undefined && file === undefined && !isInterrupted) {
      this.#measure(request);
      return true;
    }
    let reserved;
    try {
      reserved = file === undefined ? this.#reserve(settings) : { file, requested: {} };
    } catch (error) {
      return this.#fail(error, settings);
    }
    if (reserved.socket !== undefined) {
      this.#reserved = undefined;
      connectLater(reserved.socket);
      return true;
    }
    const { mode = settings.mode } = reserved.requested;
    const decision = decide({ mode, forks, isProbed: probed, isInterrupted, children, failure });
    if (decision.step === 'probe') {
      this.#startSelfTest(settings, memory);
      return true;
    }
    if (decision.step === 'fail') return this.#fail(failure === undefined ? decision.error : fromFailure(failure), settings);
    try {
      this.#dump(request, reserved, decision);
      this.#reserved = undefined;
    } catch (error) {
      if (error.code === 'ERR_HEAPDUMP_BUSY') return false;
      return this.#fail(error, settings);
    }
    return true;
  }

  #dump({ settings, children = 0, forkedSince, memory }, { file, requested }, { method, fallbackReason }) {
    const merged = { ...settings, ...requested };
    const request = {
      ...dumpOptions(merged),
      path: file,
      encoding: encodingFor(merged.compress),
      reason: settings.signal,
      announce: !settings.quiet,
      method,
      fallbackReason,
      memory: merged.sidecar ? memory : undefined,
    };
    if (!isForked(method)) {
      take({ ...request, forkedSince });
      return;
    }
    const since = forkedSince ?? now();
    const again = { kind: 'signal', settings: merged, file, memory };
    takeForked({ ...request, forkedSince: since }, { ...again, children: children + 1, forkedSince: since });
  }

  /** Reports that the dump failed. The request counts as served. */
  #fail(error, { quiet, outlet = this.#reserved?.requested?.outlet }) {
    answerRequester(outlet, error);
    this.#reserved = undefined;
    publish('error', error);
    // Failures after the file was opened are announced by native code.
    if (!quiet && error.syscall === 'mkdir') fs.writeSync(2, `heapdump-rs: dump failed: ${error.message}\n`);
    return true;
  }

  /**
   * Returns target and options of a request. A request that had to wait retains them, but another process may have requested
   * stricter options meanwhile.
   */
  #reserve(settings) {
    const key = JSON.stringify(settings);
    const before = this.#reserved?.key === key ? this.#reserved : placeFor(settings);
    const { file } = before;
    // One descriptor takes one snapshot, with the options that came with it.
    const isHandedOver = before.requested?.outlet !== undefined;
    const { options, socket } = isHandedOver ? {} : takeRequest(path.dirname(file));
    const requested = isHandedOver ? before.requested : withRequest({ ...settings, ...before.requested }, options);
    // The name is decided by what is requested.
    const name = isHandedOver ? file : withSuffix(file, undefined, isEncrypting(requested.encryptTo));
    this.#reserved = { key, file: name, requested, socket };
    return this.#reserved;
  }

  /** Has the request posted again when the fork self-test has a result. One dump answers all signals that arrive until then. */
  #startSelfTest(settings, memory) {
    if (this.#selfTest !== undefined) return;
    this.#selfTest = this.#postpone(settings);
    afterProbe({ kind: 'signal', settings, memory, probed: true }, true);
  }

  /** Has the request posted again with the ledger of the process. One dump answers all signals that arrive until then. */
  async #measure(request) {
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    const ticket = this.#postpone(request.settings);
    const memory = await measured();
    binding.post(inbox.id, JSON.stringify({ ...request, kind: 'signal', memory }), true);
    this.#isMeasuring = false;
    setImmediate(() => inbox.settle({ ticket }));
  }

  /** Keeps the event loop alive until the returned ticket is settled. */
  #postpone(settings) {
    // If the process exits meanwhile, the dump is taken at once, because there is no later moment.
    const atExit = () => {
      this.#answer({ settings }, true);
      binding.settle(EXIT_GRACE_MS);
    };
    process.on('exit', atExit);
    return inbox.expect(() => process.removeListener('exit', atExit));
  }

  #endSelfTest() {
    inbox.settle({ ticket: this.#selfTest });
    this.#selfTest = undefined;
  }
}

/** Connects the agent to a command, from the event loop: an interrupt loads no module. */
function connectLater(socket) {
  setImmediate(() => require('./agent.js').connect(socket, { staysOpen: true }));
}

/** Returns the target of a dump by signal: a file, or a descriptor of the process that requested it. */
function placeFor(settings) {
  const handover = takeHandover();
  if (handover === undefined) return { file: target(settings) };
  const { id, compress, options } = handover;
  const { mode, ...requested } = withRequest(settings, options);
  const outlet = { handover: id };
  return {
    file: 'the process that asked for the dump',
    // The process that asked expects a snapshot, unless it asked for an image.
    requested: {
      ...requested,
      mode: mode === 'image' && options.mode !== 'image' ? 'auto' : mode,
      compress,
      sources: false,
      sidecar: false,
      outlet,
    },
  };
}

/** Sends the reason of a failure to the process that requested the dump. */
function answerRequester(outlet, error) {
  if (outlet) binding.answerHandover(outlet.handover, JSON.stringify({ failure: toFailure(error) }));
}

/** Publishes a result: at once, or, if it has a sidecar, when that has the ledger of the process. */
function publishComplete(result) {
  if (!result?.memory) publish('dump', result);
  else completed(result).then((complete) => publish('dump', complete));
}

/** Returns the settings of `install()` that are options of the dump itself. */
function dumpOptions(settings) {
  const options = { ...settings };
  for (const name of ['signal', 'dir', 'name', 'mode', 'threads', 'wedgedAfterMs', 'quiet', 'compress']) delete options[name];
  return options;
}

function take(request) {
  capture(request, (error, result) => (error ? publish('error', error) : publishComplete(result)));
}

/**
 * Forks a child that takes the snapshot. If the fork fails, takes the snapshot inline.
 *
 * @param {object} again the message that requests the dump again if the child fails. A message and not a callback, because the
 *   thread may be stuck by then
 */
function takeForked(request, again) {
  let isStarted = false;
  let refused;
  try {
    const message = again.settings.outlet ? again : { ...again, file: path.resolve(again.file) };
    capture({ ...request, otherwise: () => message }, (error, result) => {
      if (!error) publishComplete(result);
      else if (CHILD_CODES.includes(error.code)) return;
      else if (isStarted) publish('error', error);
      else refused = error;
    });
    isStarted = true;
  } catch (error) {
    refused = error;
  }
  if (refused === undefined) return;
  // `again` has the settings of this dump.
  const mode = again.settings.mode === 'image' ? 'image' : 'inline';
  const decision = decide({ mode, forks, failure: refused });
  if (decision.step === 'fail') throw refused;
  take({ ...request, method: decision.method, fallbackReason: decision.fallbackReason });
}

function target(settings) {
  const directory = settings.dir ?? directoryFromEnvironment();
  if (directory !== undefined) fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = withSuffix(nameNow(settings.name), encodingFor(settings.compress));
  const file = path.join(directory ?? '', name);
  return binding.isMainThread() ? file : forThread(file, threadId);
}

const trigger = new SignalTrigger();
inbox.handle('signal', (request, isInterrupted) => trigger.serve(request, isInterrupted));

const install = (options) => trigger.install(options);
const uninstall = () => trigger.uninstall();
const installation = () => trigger.installation;

/** Installs the trigger when the package is loaded, unless the environment forbids it. Never throws: the service must start. */
function installAtLoad() {
  const { signal, quiet, unrecognized } = readOptions();
  for (const token of unrecognized) console.error('heapdump-rs: unrecognized option:', token);
  if (signal === undefined || process.platform === 'win32') return;
  try {
    install();
  } catch (error) {
    if (!quiet) console.error(`heapdump-rs: ${signal} writes no snapshots: ${error.message}`);
  }
}

module.exports = { install, installAtLoad, installation, uninstall };
