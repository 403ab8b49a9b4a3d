'use strict';
// `dump()`: writes a heap snapshot, with options and a promise.

const fs = require('node:fs');
const path = require('node:path');
const binding = require('../binding.js');
const { withStacks } = require('./allocation-stacks.js');
const { capture } = require('./capture.js');
const { isForked } = require('./decision.js');
const { dumpLockFree } = require('./dump-lock.js');
const { directoryFromEnvironment } = require('./environment.js');
const { isEncrypting } = require('./encryption.js');
const { abortError } = require('../errors.js');
const { publish } = require('./events.js');
const { whenAnswered } = require('./file-system.js');
const { attempted } = require('./fork.js');
const { encodingFor, encodingOf, nameNow, withSuffix } = require('./names.js');
const { schemaOf } = require('./options.js');
const { dumpEveryThread } = require('./threads.js');
const { checkOptions, wrongValue } = require('../validate.js');

const SCHEMA = schemaOf('dump');

/**
 * Writes a heap snapshot. See `index.d.ts` for options and result.
 * Wrong options throw; everything else rejects with a `code`.
 */
function dump(options) {
  const { to, ...checked } = checkOptions(options, SCHEMA);
  if (checked.path !== undefined && (checked.dir !== undefined || checked.name !== undefined)) {
    throw wrongValue('path', 'excludes "dir" and "name"', checked.path);
  }
  if (checked.threads === 'all' && !binding.isMainThread()) {
    throw wrongValue('threads', "can be 'all' on the main thread only", 'all');
  }
  if (checked.allocationStacks !== undefined) return dumpWithStacks(to, checked);
  if (to !== undefined) return dumpAway(to, checked);
  return checked.threads === 'all' ? dumpEveryThread(place(checked), dumpHere) : dumpHere(place(checked));
}

/** Decides on file and format, and returns the request for `capture`. `nameOf(pattern)` returns the name of the file. */
function place(
  { path: file, dir = directoryFromEnvironment(), name, compress, overwrite, threads: _, ...options },
  nameOf = nameNow,
) {
  const encoding = compress === undefined ? encodingOf(file ?? name ?? '') : encodingFor(compress);
  const request = { ...options, encoding, replace: overwrite, reason: 'dump' };
  if (file !== undefined) return { ...request, path: path.resolve(file) };
  const named = withSuffix(nameOf(name), encoding, isEncrypting(options.encryptTo));
  return { ...request, makeDirectory: dir !== undefined, path: path.resolve(dir ?? '', named) };
}

/** Dumps this thread after V8 has tracked its allocations for some seconds. */
function dumpWithStacks(to, options) {
  const { threads, mode, fallback } = options;
  const excluded = {
    to,
    threads: threads === 'all' && threads,
    mode: isForked(mode) && mode,
    fallback: fallback === 'image' && fallback,
  };
  for (const [name, value] of Object.entries(excluded)) {
    if (value) throw wrongValue(name, 'excludes "allocationStacks"', value);
  }
  return reported(() => withStacks(place(options), take));
}

/** Dumps this thread to a destination that is not a file. It takes one snapshot only, and no file beside it. */
function dumpAway(to, options) {
  const { threads, sidecar, sources, fallback } = options;
  const excluded = {
    threads: threads === 'all' && threads,
    sidecar,
    sources,
    fallback: fallback === 'image' && fallback,
  };
  for (const [name, value] of Object.entries(excluded)) {
    if (value) throw wrongValue(name, 'excludes "to"', value);
  }
  return reported(() => require('./dump-to.js').dumpTo(to, options, { place, take }));
}

/** Dumps this thread to `request.path`. */
function dumpHere(request) {
  return reported(() => take(request));
}

/** Publishes the result or the error of a dump. */
async function reported(action) {
  try {
    const result = await action();
    publish('dump', result);
    return result;
  } catch (error) {
    publish('error', error);
    throw error;
  }
}

/** Takes the dump of this thread that `request` describes. */
async function take(request) {
  const { signal, wait } = request;
  if (signal?.aborted) throw abortError(signal);
  if (request.outlet === undefined) {
    const answered = whenAnswered(path.dirname(request.path));
    if (answered) await answered;
  }
  if (request.makeDirectory) fs.mkdirSync(path.dirname(request.path), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      return await attempted(request, captured);
    } catch (error) {
      if (!(wait && error.code === 'ERR_HEAPDUMP_BUSY')) throw error;
    }
    await dumpLockFree(signal);
  }
}

function captured(request) {
  return new Promise((resolve, reject) => {
    capture(request, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** Dumps this thread for a reason of this package. `options` are checked. */
function dumpFor(reason, options) {
  return dumpHere({ ...place(options), reason });
}

module.exports = { dump, dumpFor, place };
