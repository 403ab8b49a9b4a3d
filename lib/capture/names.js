'use strict';
// File names of dumps.

const os = require('node:os');
const path = require('node:path');
const { threadId } = require('node:worker_threads');

let sequence = 0;

/**
 * `heapdump`'s name: milliseconds of a monotonic clock, and the nanoseconds
 * that remain, not padded.
 */
function defaultName() {
  const now = process.hrtime.bigint();
  return `heapdump-${now / 1_000_000n}.${now % 1_000_000n}.heapsnapshot`;
}

/** Fills `{pid} {tid} {seq} {utc} {host}` into `pattern`. */
function fillPattern(pattern, utc = new Date().toISOString().replace(/[-:]|\.\d+/g, '')) {
  const values = {
    pid: process.pid,
    tid: threadId,
    seq: String(++sequence).padStart(3, '0'),
    utc,
    host: os.hostname().replace(/[^\w.-]/g, '_'),
  };
  return pattern.replace(/\{(pid|tid|seq|utc|host)\}/g, (_, key) => values[key]);
}

/** The name of a dump that begins now. */
function nameNow(pattern) {
  return pattern === undefined ? defaultName() : fillPattern(pattern);
}

/** The same of one that begins later: `crates/capture/src/last_dump.rs` fills the time in. */
function lateName(pattern) {
  return pattern === undefined ? 'heapdump-{clock}.heapsnapshot' : fillPattern(pattern, '{utc}');
}

const SUFFIXES = { gzip: '.gz', zstd: '.zst' };

/** The format that the option `compress` asks for. */
function encodingFor(compress) {
  return compress === true ? 'gzip' : compress || undefined;
}

/** The format that the ending of `file` asks for. */
function encodingOf(file) {
  return Object.keys(SUFFIXES).find((encoding) => file.endsWith(SUFFIXES[encoding]));
}

/** `file` with the ending of `encoding`. */
function withSuffix(file, encoding) {
  return encoding && encodingOf(file) !== encoding ? file + SUFFIXES[encoding] : file;
}

const IMAGE = '.heapimage';

/** Where the heap image goes instead of the snapshot `file`: `a.heapsnapshot.gz` -> `a.heapimage`. */
function imageName(file) {
  return file.endsWith(IMAGE) ? file : file.replace(/(?:\.heapsnapshot)?(?:\.gz|\.zst)?$/, IMAGE);
}

/** The snapshot that is restored from the heap image `file` by default. */
function snapshotName(file) {
  const { dir, base } = path.parse(file);
  return path.join(dir, `${base.endsWith(IMAGE) ? base.slice(0, -IMAGE.length) : base}.heapsnapshot`);
}

/** `dir/a.b.heapsnapshot.gz` -> `dir/a.b.t3.heapsnapshot.gz`, for a dump of every thread. */
function forThread(file, thread) {
  const { dir, base } = path.parse(file);
  const [, stem, endings] = /^(.+?)((?:\.heapsnapshot|\.heapimage)?(?:\.gz|\.zst)?)$/.exec(base);
  return path.join(dir, `${stem}.t${thread}${endings}`);
}

/** The file of the texts of scripts that belongs to a snapshot; `crates/findings/src/source/saved.rs` has the same rule. */
function sourcesBeside(file) {
  const { dir, base } = path.parse(file);
  return path.join(dir, `${base.replace(/\.(gz|zst)$/, '').replace(/\.(heapsnapshot|heapimage)$/, '')}.sources.json.gz`);
}

module.exports = {
  defaultName,
  encodingFor,
  encodingOf,
  forThread,
  imageName,
  lateName,
  nameNow,
  snapshotName,
  sourcesBeside,
  withSuffix,
};
