'use strict';
// File names of dumps.

const os = require('node:os');
const path = require('node:path');
const { threadId } = require('node:worker_threads');

let sequence = 0;

/** Returns a name as `heapdump` makes it: milliseconds of a monotonic clock, and the remaining nanoseconds without padding. */
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

/** Returns the file name of a dump that starts now. */
function nameNow(pattern) {
  return pattern === undefined ? defaultName() : fillPattern(pattern);
}

/** Returns the file name of a dump that starts later. `crates/capture/src/last_dump.rs` fills in the time. */
function lateName(pattern) {
  return pattern === undefined ? 'heapdump-{clock}.heapsnapshot' : fillPattern(pattern, '{utc}');
}

const SUFFIXES = { gzip: '.gz', zstd: '.zst' };

/** The last ending of an encrypted file, as the `age` command names it. */
const ENCRYPTED = '.age';

/** The endings of a dump: its kind, compression and encryption. */
const ENDINGS = /(?:\.heapsnapshot|\.heapimage)?(?:\.gz|\.zst)?(?:\.age)?$/;

const withoutEncrypted = (file) => (file.endsWith(ENCRYPTED) ? file.slice(0, -ENCRYPTED.length) : file);

/** Returns the compression that the option `compress` selects. */
function encodingFor(compress) {
  return compress === true ? 'gzip' : compress || undefined;
}

/** Returns the compression that the ending of `file` selects. */
function encodingOf(file) {
  return Object.keys(SUFFIXES).find((encoding) => withoutEncrypted(file).endsWith(SUFFIXES[encoding]));
}

/** Returns `file` with the endings of its format: `a.heapsnapshot` -> `a.heapsnapshot.gz.age`. */
function withSuffix(file, encoding, isEncrypted = false) {
  const plain = withoutEncrypted(file);
  const encoded = encoding && encodingOf(plain) !== encoding ? plain + SUFFIXES[encoding] : plain;
  return isEncrypted || plain !== file ? encoded + ENCRYPTED : encoded;
}

const IMAGE = '.heapimage';

/** Returns the name of the heap image that replaces the snapshot `file`: `a.heapsnapshot.gz` -> `a.heapimage`. */
function imageName(file) {
  if (withoutEncrypted(file).endsWith(IMAGE)) return file;
  return file.replace(/(?:\.heapsnapshot)?(?:\.gz|\.zst)?((?:\.age)?)$/, `${IMAGE}$1`);
}

/** Returns the default name of the snapshot that is restored from the heap image `file`. */
function snapshotName(file) {
  const { dir, base } = path.parse(withoutEncrypted(file));
  return path.join(dir, `${base.endsWith(IMAGE) ? base.slice(0, -IMAGE.length) : base}.heapsnapshot`);
}

/** Adds the number of a thread: `dir/a.b.heapsnapshot.gz` -> `dir/a.b.t3.heapsnapshot.gz`. */
function forThread(file, thread) {
  const { dir, base } = path.parse(file);
  const [, stem, endings] = new RegExp(`^(.+?)(${ENDINGS.source})`).exec(base);
  return path.join(dir, `${stem}.t${thread}${endings}`);
}

/** Returns a file that belongs to a snapshot or an image: `dir/a.heapsnapshot.gz` -> `dir/a` and `ending`. */
function beside(file, ending) {
  const { dir, base } = path.parse(file);
  return path.join(dir, base.replace(ENDINGS, '') + ending);
}

/** Returns the file with the texts of scripts beside a snapshot. `crates/findings/src/source/saved.rs` has the same rule. */
const sourcesBeside = (file) => beside(file, '.sources.json.gz');

/** Returns the file with the allocation profile beside a snapshot. `crates/findings/src/source/saved.rs` has the same rule. */
const profileBeside = (file) => beside(file, '.heapprofile');

module.exports = {
  defaultName,
  encodingFor,
  encodingOf,
  forThread,
  imageName,
  lateName,
  nameNow,
  profileBeside,
  snapshotName,
  sourcesBeside,
  withSuffix,
};
