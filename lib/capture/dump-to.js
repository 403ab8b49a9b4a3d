'use strict';
// `dump({ to })`: sends a snapshot to a descriptor, a URL or a Writable.
//
// The writer of the snapshot writes directly to a descriptor. For a URL and for a Writable, the snapshot goes to a file first:
// its size is known then, an attempt can be repeated, and a dump that fails sends nothing. If no directory is writable, a
// forked child writes to a pipe, and the event loop of this process sends the bytes from the pipe.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');
const { directoryFromEnvironment } = require('./environment.js');
const { imageObstacle, obstacle } = require('./fork.js');
const { fitsOnDisk } = require('./headroom.js');
const { encodingOf } = require('./names.js');
const { shown } = require('../send/destination.js');
const { openPipe } = require('../send/pipe.js');
const { fromFile, fromPipe } = require('../send/source.js');
const { upload } = require('../send/upload.js');

/**
 * @typedef {object} Steps the steps of every dump, in `dump.js`
 * @property {(options: object) => object} place decides on file and format
 * @property {(request: object) => Promise<object>} take takes a dump
 */

/**
 * Takes a dump and sends it to `to`.
 *
 * @param {import('../send/destination.js').Destination} to
 * @param {object} options of `dump()`, checked
 * @param {Steps} steps
 */
async function dumpTo(to, options, { place, take }) {
  const compress = options.compress ?? (to.kind === 'url' ? encodingOf(to.url.pathname) : undefined);
  const placed = { ...options, ...(compress !== undefined && { compress }) };
  if (to.kind === 'descriptor') {
    const result = await take(intoStream(place(placed), to.descriptor, shown(to)));
    return { ...result, sent: { to: shown(to), bytes: result.bytes, sha256: null, status: null, attempts: 1 } };
  }
  const dir = spoolDirectory(placed);
  if (dir === undefined) return sendWhileWritten(to, place(placed), take);
  return sendFile(to, place(placed.path === undefined ? { ...placed, dir } : placed), take, placed.path !== undefined);
}

const intoStream = (request, descriptor, name) => ({ ...request, makeDirectory: false, path: name, outlet: { descriptor } });

/** Returns a directory that is writable and has room for the file; `undefined` if there is none. */
function spoolDirectory({ path: file, dir, ...options }) {
  if (file !== undefined) return path.dirname(file);
  if (dir !== undefined) return dir;
  const candidates = [directoryFromEnvironment(), os.tmpdir()].filter((one) => one !== undefined);
  return candidates.find((one) => isWritable(one) && fitsOnDisk(one, options));
}

/** Returns whether `directory` is writable, or can be created. */
function isWritable(directory) {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    try {
      fs.accessSync(at, fs.constants.W_OK);
      return true;
    } catch (error) {
      if (error.code !== 'ENOENT' || at === path.dirname(at)) return false;
    }
  }
}

async function sendFile(to, request, take, isPermanent) {
  const result = await take(request);
  let sent;
  try {
    sent = await deliver(fromFile(result.path, result.bytes), to, request.signal);
  } catch (error) {
    error.path = result.path;
    error.message += `; the snapshot is in ${result.path}`;
    throw error;
  }
  if (!isPermanent) await fs.promises.rm(result.path, { force: true });
  return { ...result, path: isPermanent ? result.path : null, sent };
}

async function sendWhileWritten(to, request, take) {
  const isImage = request.mode === 'image';
  const reason = request.mode === 'inline' ? "mode is 'inline'" : isImage ? imageObstacle() : obstacle();
  if (reason !== undefined) {
    const message = `no directory has room for the snapshot, and it cannot be sent while it is written: ${reason}. Pass "dir" or "path"`;
    throw Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
  }
  let result;
  const source = fromPipe(() => {
    const { readable, writeEnd } = openPipe();
    const controller = new AbortController();
    const cancel = () => controller.abort(request.signal?.reason);
    request.signal?.addEventListener('abort', cancel, { once: true });
    // An inline dump would block this thread, and nothing would read from the pipe.
    const forked = { ...request, mode: isImage ? 'image' : 'fork', fallback: false, signal: controller.signal };
    const complete = take(intoStream(forked, writeEnd, shown(to)))
      .then((taken) => {
        result = taken;
      })
      .finally(() => {
        request.signal?.removeEventListener('abort', cancel);
        fs.closeSync(writeEnd);
      });
    return { readable, complete, cancel };
  });
  const sent = await deliver(source, to, request.signal);
  return { ...result, bytes: sent.bytes, sent };
}

async function deliver(source, to, signal) {
  if (to.kind === 'url') return upload(source, to, signal);
  const { writable } = to;
  const isStandard = writable === process.stdout || writable === process.stderr;
  const body = source.open();
  try {
    await pipeline(body.chunks, writable, { end: !isStandard, signal });
  } catch (error) {
    throw source.failure ?? error;
  } finally {
    await source.close();
  }
  return { to: shown(to), ...body.sums(), status: null, attempts: 1 };
}

module.exports = { dumpTo };
