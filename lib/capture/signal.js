'use strict';
// The signal trigger: `kill -USR2 PID` writes a snapshot.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { threadId } = require('node:worker_threads');
const binding = require('../binding.js');
const { now } = require('./clock.js');
const { EXIT_GRACE_MS, capture } = require('./capture.js');
const { CHILD_CODES, decide } = require('./decision.js');
const { DEFAULT_SIGNAL, directoryFromEnvironment, readOptions } = require('./environment.js');
const { fromFailure, toFailure } = require('../errors.js');
const { publish } = require('./events.js');
const { afterProbe, forks } = require('./fork.js');
const mail = require('./mail.js');
const { encodingFor, forThread, nameNow, withSuffix } = require('./names.js');
const { optionsFor, schemaOf } = require('./options.js');
const redaction = require('./redact.js');
const { takeHandover, takeRequest } = require('./signal-request.js');
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

/** The place of a dump that has to wait for another one: a number is spent on files only, and a request is taken once. */
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
 * Where the next dump goes, and what of it is decided by who asked for it.
 *
 * @typedef {{file: string, outlet?: {handover: number}, encoding?: string, sources: boolean, sidecar: boolean,
 *   redact?: string|false|object}} Place `file`: what messages call the outlet if there is one
 * @returns {Place}
 */
function placeFor(settings) {
  const key = JSON.stringify(settings);
  if (unused?.key === key) return unused.place;
  const handover = takeHandover();
  const encoding = encodingFor(handover === undefined ? settings.compress : handover.compress);
  const file = handover === undefined ? target(settings, encoding) : 'the process that asked for the dump';
  const asked = handover ?? takeRequest(path.dirname(file));
  const redact = redaction.stricter(settings.redact, asked.redact);
  const place =
    handover === undefined
      ? { file, encoding, sidecar: settings.sidecar, sources: settings.sources || asked.sources, redact }
      : { file, encoding, sidecar: false, sources: false, redact, outlet: { handover: handover.id } };
  unused = { key, place };
  return place;
}

/**
 * @param {object} request `settings` of `install`; if a forked child was asked first, its
 *   `place`, how many `children` failed, since when, and the `failure` of the last; whether it was `probed` if that works
 * @param {boolean} interrupted the thread is stuck: its loop must not be relied upon
 */
function answer({ settings, place, children = 0, forkedSince, failure, probed = false }, interrupted) {
  const { step, method, fallbackReason } = decide({
    mode: settings.mode,
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
  try {
    place ??= placeFor(settings);
    const request = { ...requestFor(settings, place), method, fallbackReason };
    if (method === 'fork') {
      forkedSince ??= now();
      takeForked({ ...request, forkedSince }, { kind: 'signal', settings, place, children: children + 1, forkedSince });
    } else {
      take({ ...request, forkedSince });
    }
    unused = undefined;
  } catch (error) {
    if (error.code === 'ERR_HEAPDUMP_BUSY') return false;
    unused = undefined;
    publish('error', error);
    if (place?.outlet) binding.answerHandover(place.outlet.handover, JSON.stringify({ failure: toFailure(error) }));
    // Failures after the file was opened are announced by native code.
    if (!settings.quiet && error.syscall === 'mkdir') fs.writeSync(2, `heapdump-rs: dump failed: ${error.message}\n`);
  }
  return true;
}

/** The request that `capture` takes. */
function requestFor(settings, { file, ...place }) {
  const {
    signal,
    dir: _dir,
    name: _name,
    mode: _mode,
    threads: _threads,
    wedgedAfterMs: _wedged,
    compress: _compress,
    quiet,
    ...options
  } = settings;
  return { ...options, ...place, path: file, reason: signal, announce: !quiet };
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
    const { place } = otherwise;
    const again = { ...otherwise, place: { ...place, file: place.outlet ? place.file : path.resolve(place.file) } };
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
  const decision = decide({ mode: 'inline', forks, failure: refused });
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
