'use strict';
// The signal trigger: `kill -USR2 PID` writes a snapshot.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { threadId } = require('node:worker_threads');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { EXIT_GRACE_MS, capture } = require('./capture.js');
const { CHILD_CODES, decide, isForked } = require('./decision.js');
const { DEFAULT_SIGNAL, directoryFromEnvironment, readOptions } = require('./environment.js');
const { fromFailure } = require('../errors.js');
const { publish } = require('./events.js');
const { afterProbe, forks } = require('./fork.js');
const mail = require('./mail.js');
const { encodingFor, forThread, nameNow, withSuffix } = require('./names.js');
const { optionsFor, schemaOf } = require('./options.js');
const redaction = require('./redact.js');
const { takeRequest } = require('./signal-request.js');
const { checkOptions, wrongValue } = require('../validate.js');

const SCHEMA = schemaOf('install');

/** `wedgedAfterMs`: a healthy loop turns many times in a second. */
const DEFAULTS = { threads: 'main', compress: false, sidecar: false, wedgedAfterMs: 1000 };

const UNCATCHABLE = ['SIGKILL', 'SIGSTOP'];

/** What is installed, with all defaults filled in; `undefined` if nothing is. */
let installed;

/** Answers the signal from now on; a second call replaces the first. */
function install(options) {
  const checked = checkOptions(options, SCHEMA);
  // The directory, and what is taken out, are asked for anew for each dump.
  const { dir: _dir, redact: _redact, signal = DEFAULT_SIGNAL, ...fromEnvironment } = optionsFor('install', readOptions());
  const settings = { ...DEFAULTS, ...fromEnvironment, signal, ...checked };
  const number = os.constants.signals[settings.signal];
  if (number === undefined) throw wrongValue('signal', 'must be the name of a signal', settings.signal);
  if (UNCATCHABLE.includes(settings.signal)) throw wrongValue('signal', 'must be one that a process can catch', settings.signal);
  // The settings travel with the request: with threads: 'all', other threads answer it too.
  const message = JSON.stringify({ kind: 'signal', settings });
  const failure = binding.install(mail.id, number, settings.threads === 'all', settings.wedgedAfterMs, message);
  if (failure) throw fromFailure(failure);
  installed = settings;
}

/** Stops answering the signal; `false` if this thread had installed nothing. */
function uninstall() {
  installed = undefined;
  return binding.uninstall(mail.id);
}

/** What `require` does: installs unless told not to; a service never fails to start for it. */
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

/** The name made for a request that has to wait for another dump. */
let unused;
/** What keeps the loop alive, and watches its end, while it is being found out whether this process can be forked. */
let probing;

/** Asks again when that is known. One dump answers all signals that come until it begins. */
function probeFor(settings) {
  if (probing !== undefined) return;
  // A process that ends meanwhile is dumped as it is: nobody comes back to it.
  const atExit = () => {
    answer({ settings }, true);
    binding.settle(EXIT_GRACE_MS);
  };
  process.on('exit', atExit);
  probing = { ticket: mail.expect(() => {}), atExit };
  afterProbe({ kind: 'signal', settings, probed: true }, true);
}

function endProbing() {
  process.removeListener('exit', probing.atExit);
  mail.settle({ ticket: probing.ticket });
  probing = undefined;
}

/**
 * @param {object} request `settings` of `install`; if a forked child was asked first, its
 *   `file`, how many `children` failed, since when, and the `failure` of the last; whether it was `probed` if that works
 * @param {boolean} interrupted the thread is stuck: its loop must not be relied upon
 */
function answer({ settings, file, children = 0, forkedSince, failure, probed = false }, interrupted) {
  let asked;
  try {
    asked = file === undefined ? askedFor(settings) : { ...settings, file };
  } catch (error) {
    return failed(error, settings);
  }
  const { step, method, fallbackReason } = decide({
    mode: asked.mode,
    forks,
    isProbed: probed,
    isInterrupted: interrupted,
    children,
    failure,
  });
  if (step === 'probe') {
    probeFor(settings);
    return true;
  }
  if (step === 'fail') {
    publish('error', fromFailure(failure));
    return true;
  }
  const {
    signal,
    dir: _dir,
    name: _name,
    mode: _mode,
    threads: _threads,
    wedgedAfterMs: _wedged,
    quiet,
    compress,
    ...options
  } = settings;
  const encoding = encodingFor(compress);
  try {
    const { sources, redact, mode } = asked;
    const request = {
      ...options,
      path: asked.file,
      encoding,
      reason: signal,
      redact,
      sources,
      announce: !quiet,
      method,
      fallbackReason,
    };
    if (isForked(method)) {
      forkedSince ??= now();
      takeForked(
        { ...request, forkedSince },
        { kind: 'signal', settings: { ...settings, sources, redact, mode }, file: asked.file, children: children + 1, forkedSince },
      );
    } else {
      take({ ...request, forkedSince });
    }
    unused = undefined;
  } catch (error) {
    if (error.code === 'ERR_HEAPDUMP_BUSY') return false;
    return failed(error, settings);
  }
  return true;
}

/** What the next dump writes, and where: as installed, and as `heapdump-rs dump` has asked for. */
function askedFor(settings) {
  const key = JSON.stringify(settings);
  // A request that has to wait keeps its name: a number is spent on files only.
  if (unused?.settings !== key) {
    const { sources, redact, mode } = settings;
    unused = { settings: key, file: target(settings, encodingFor(settings.compress)), sources, redact, mode };
  }
  const asked = takeRequest(path.dirname(unused.file));
  unused.sources ||= asked.sources;
  unused.redact = redaction.stricter(unused.redact, asked.redact);
  unused.mode = asked.mode ?? unused.mode;
  return unused;
}

/** Says why a dump is not begun. The request is served. */
function failed(error, { quiet }) {
  unused = undefined;
  publish('error', error);
  // Failures after the file was opened are announced by native code.
  if (!quiet && error.syscall === 'mkdir') fs.writeSync(2, `heapdump-rs: dump failed: ${error.message}\n`);
  return true;
}

function take(request) {
  capture(request, (error, result) => (error ? publish('error', error) : publish('dump', result)));
}

/**
 * @param {object} otherwise What asks again if the child fails. Mail, and not a callback: the
 *   thread may be stuck by then.
 */
function takeForked(request, otherwise) {
  let isBegun = false;
  let refused;
  try {
    const again = { ...otherwise, file: path.resolve(otherwise.file) };
    capture({ ...request, otherwise: () => again }, (error, result) => {
      if (!error) publish('dump', result);
      else if (CHILD_CODES.includes(error.code)) return;
      else if (isBegun) publish('error', error);
      else refused = error;
    });
    isBegun = true;
  } catch (error) {
    refused = error;
  }
  if (refused === undefined) return;
  // `otherwise` has the settings of this dump.
  const { mode } = otherwise.settings;
  const decision = decide({ mode: mode === 'image' ? mode : 'inline', forks, failure: refused });
  if (decision.step === 'fail') throw refused;
  take({ ...request, method: decision.method, fallbackReason: decision.fallbackReason });
}

mail.handle('signal', (request, interrupted) => {
  const isServed = answer(request, interrupted);
  // Afterwards: the dump keeps the loop alive itself.
  if (request.probed && isServed) endProbing();
  return isServed;
});

function target(settings, encoding) {
  const directory = settings.dir ?? directoryFromEnvironment();
  if (directory !== undefined) fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = withSuffix(nameNow(settings.name), encoding);
  const file = path.join(directory ?? '', name);
  return binding.isMainThread() ? file : forThread(file, threadId);
}

/** For `capabilities()`. */
function installation() {
  return installed && { ...installed, wedgedAfterMs: installed.wedgedAfterMs ?? false };
}

module.exports = { install, installAtLoad, installation, uninstall };
