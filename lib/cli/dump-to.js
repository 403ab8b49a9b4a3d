'use strict';
// `heapdump-rs dump PID --to TARGET`: sends the snapshot to the standard output or to an address. The dumped process writes to a
// descriptor of this process, or, with --attach, to a private file. It never sees the address, which may be a secret, and sends
// nothing itself.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');
const { encodingOf, imageName, withSuffix } = require('../capture/names.js');
const { checkDestination } = require('../send/destination.js');
const { openPipe } = require('../send/pipe.js');
const { fromFile, fromPipe } = require('../send/source.js');
const { upload } = require('../send/upload.js');
const { bytes } = require('../text.js');
const { choice } = require('./kit/arguments.js');
const { EXIT, UsageError, asUsage } = require('./kit/exit.js');
const { move } = require('./kit/files.js');
const { print, printJson } = require('./kit/output.js');
const { describe } = require('./target/find.js');
const { roughRssOf } = require('./target/inspect.js');
const { attempt } = require('./target/processes.js');
const { Refusal, named, note } = require('./target/refusal.js');

const COMPRESSIONS = ['gzip', 'zstd'];

/**
 * Maximum bytes of a snapshot per byte of resident memory, as for a heap of small objects in headroom.js. The estimate is high,
 * because the memory contains more than the heap.
 */
const FILE_PER_MEMORY = 1.6;

/** Options of the command. */
const TO_OPTIONS = {
  to: {
    type: 'string',
    value: 'TARGET',
    about: 'send the snapshot: - is the standard output; else an http(s) address, or @FILE, a file with the address in it',
  },
  header: {
    type: 'string',
    multiple: true,
    value: 'NAME:VALUE',
    about: 'a header of the request, also several times; or @FILE, a file with one in each line',
  },
  method: { type: 'string', value: 'METHOD', about: 'PUT (the default) or POST' },
  compress: { type: 'string', value: 'FORMAT', about: 'with --to: gzip or zstd (as the address ends: .gz, .zst)' },
};

/** Returns the destination of `--to` and its options; `undefined` without `--to`. */
function destinationOf({ to, header = [], method, compress, mode, sources, json }) {
  if (to === undefined) {
    if (header.length > 0 || method !== undefined || compress !== undefined)
      throw new UsageError('--header, --method and --compress need --to');
    return undefined;
  }
  choice(compress, 'compress', COMPRESSIONS);
  if (mode === 'image' && compress !== undefined) throw new UsageError('--compress excludes --mode=image: an image is compressed');
  if (sources) throw new UsageError('--sources excludes --to, which takes one file');
  if (to === '-') {
    if (json) throw new UsageError('--json excludes --to -: the standard output gets the snapshot');
    if (process.stdout.isTTY) throw new UsageError('the standard output is a terminal; redirect it: --to - > FILE');
    return checkDestination('--to', to);
  }
  const url = readArgument(to).trim();
  const headers = Object.fromEntries(
    header
      .flatMap((one) => readArgument(one).split('\n'))
      .filter(Boolean)
      .map(headerOf),
  );
  return asUsage(() => checkDestination('--to', { url, headers, method: method?.toUpperCase() }));
}

/** Returns an argument, or the contents of the file `@FILE`, because other users can see the arguments of a process. */
function readArgument(text) {
  return text.startsWith('@') ? fs.readFileSync(text.slice(1), 'utf8') : text;
}

function headerOf(line) {
  const [name, value] = line.trim().split(/\s*:\s*(.*)/s, 2);
  if (value === undefined) throw new UsageError('--header must be NAME:VALUE');
  return [name, value];
}

/**
 * Dumps a process and sends the snapshot.
 *
 * @param {{target: import('./target/processes.js').Process, dumps: object}} reached
 * @param {import('../send/destination.js').Destination} destination
 * @param {{mode?: string, redact?: string, compress?: string, dir?: string, json?: boolean}} values
 * @param {AbortSignal} stop
 */
async function dumpTo({ target, dumps }, destination, values, stop) {
  const started = performance.now();
  const { mode, redact, dir, 'encrypt-to': encryptTo } = values;
  const compress = mode === 'image' ? undefined : (values.compress ?? formatOf(destination));
  const request = { mode, redact, compress, encryptTo };
  const isAttached = dumps.handOver === undefined;
  const take = async (descriptor, onTaken) =>
    checkedKind(target, request, await dumps.handOver(descriptor, request, onTaken, stop));
  if (destination.kind === 'descriptor') {
    const result = isAttached ? await copyOut(dumps, { dir, request, stop }) : await take(destination.descriptor);
    note(`${named(target)} sent ${bytes(result.bytes)}`);
    return;
  }
  const { result, sent } = isAttached
    ? await sendAttached(destination, dumps, { dir, request, stop })
    : await sendTo(target, destination, { dir, request, take, stop });
  if (!values.json) return print([sent.to]);
  const durationMs = Math.round(performance.now() - started);
  const { method, pauseMs, snapshotBytes, signal } = result;
  return printJson({ ...sent, snapshotBytes, pid: target.pid, command: describe(target), signal, method, pauseMs, durationMs });
}

/** Returns the result of a dump. Throws if it is not encrypted, or if it is a snapshot, although that was requested. */
function checkedKind(target, { mode, encryptTo }, result) {
  if (encryptTo !== undefined && !result.encrypted) {
    throw new Refusal(`${named(target)} sent a file that is not encrypted: its heapdump-rs is older`, { exit: EXIT.other });
  }
  if (mode !== 'image' || result.method === 'image') return result;
  const reason = 'its heapdump-rs is older, or it redacts by its own settings';
  throw new Refusal(`${named(target)} sent a snapshot and no image: ${reason}`, { exit: EXIT.other });
}

/** Takes a dump of an attached process, and copies the file to the standard output. */
async function copyOut(dumps, { dir, request, stop }) {
  const result = await dumpPrivately(dumps, { dir, request, stop });
  try {
    await pipeline(fs.createReadStream(result.path), process.stdout, { end: false, signal: stop });
    return result;
  } finally {
    fs.rmSync(result.path, { force: true });
  }
}

/** Takes a dump of an attached process, and sends the file. */
async function sendAttached(destination, dumps, { dir, request, stop }) {
  const result = await dumpPrivately(dumps, { dir, request, stop });
  const { path: file } = result;
  // The private directory is removed with the attachment.
  const rescue = () => {
    if (dir !== undefined) return file;
    const left = path.join(os.tmpdir(), path.basename(file));
    move(file, left);
    return left;
  };
  return sendFile(file, result, { destination, stop, rescue });
}

/** Takes a dump of an attached process into `dir`, by default into the private directory of the attachment. */
function dumpPrivately(dumps, { dir = dumps.directory ?? os.tmpdir(), request, stop }) {
  return dumps.dump({ ...request, dir }, () => {}, stop);
}

/** Returns the compression that the ending of the address selects. */
const formatOf = ({ url }) => (url === undefined ? undefined : encodingOf(url.pathname));

async function sendTo(target, destination, { dir, request, take, stop }) {
  const directory = dir === undefined ? spoolDirectory(target) : path.resolve(dir);
  if (directory === undefined) return sendWhileWritten(destination, take, stop);
  const snapshot = path.join(directory, `heapdump-${target.pid}-${Date.now()}.heapsnapshot`);
  const isEncrypted = request.encryptTo !== undefined;
  const file = withSuffix(request.mode === 'image' ? imageName(snapshot) : snapshot, request.compress, isEncrypted);
  return sendFile(file, await writeSpool(file, take), { destination, stop });
}

/** Has `take` write to a temporary file, which gets the name `file` when it is complete. Returns the result of `take`. */
async function writeSpool(file, take) {
  const partial = `${file}.part`;
  const descriptor = fs.openSync(partial, 'wx', 0o600);
  const clear = () => fs.rmSync(partial, { force: true });
  process.once('exit', clear);
  try {
    const result = await take(descriptor);
    fs.renameSync(partial, file);
    return result;
  } finally {
    fs.closeSync(descriptor);
    process.removeListener('exit', clear);
    clear();
  }
}

/** Sends a complete file, and removes it. If that fails, the file stays where `rescue` returns. */
async function sendFile(file, result, { destination, stop, rescue = () => file }) {
  try {
    const sent = await upload(fromFile(file, result.bytes), destination, stop);
    fs.rmSync(file, { force: true });
    return { result, sent };
  } catch (error) {
    throw refusalOf(error, `; the snapshot is in ${rescue()}`);
  }
}

/** Returns the directory for temporary files if it is writable and has room for a snapshot of `target`. */
function spoolDirectory({ pid }) {
  const directory = os.tmpdir();
  const memoryBytes = roughRssOf(pid) ?? 0;
  const hasRoom = attempt(() => {
    fs.accessSync(directory, fs.constants.W_OK);
    const { bavail, bsize } = fs.statfsSync(directory);
    return bavail * bsize >= memoryBytes * FILE_PER_MEMORY;
  });
  return hasRoom ? directory : undefined;
}

async function sendWhileWritten(destination, take, stop) {
  let result;
  const source = fromPipe(() => {
    const { readable, writeEnd } = openPipe();
    let isOpen = true;
    // The pipe ends when the dumped process closes its end.
    const closeEnd = () => {
      if (isOpen) fs.closeSync(writeEnd);
      isOpen = false;
    };
    const complete = take(writeEnd, closeEnd)
      .then((taken) => {
        result = taken;
      })
      .finally(closeEnd);
    return { readable, complete, cancel() {} };
  });
  try {
    const sent = await upload(source, destination, stop);
    return { result, sent };
  } catch (error) {
    throw refusalOf(error, '');
  }
}

/** Returns the refusal for a failed upload, which is no bug of this program. Returns other errors as they are. */
function refusalOf(error, suffix) {
  if (error.code !== 'ERR_HEAPDUMP_UPLOAD') return error;
  return new Refusal(`${error.message}${suffix}`, { exit: EXIT.other, code: error.code });
}

module.exports = { TO_OPTIONS, destinationOf, dumpTo };
