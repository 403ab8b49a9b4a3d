'use strict';
// `restore()`: makes a snapshot from a heap image, as its process would have taken it.

const path = require('node:path');
const binding = require('../binding.js');
const { nativePlan } = require('./capture.js');
const { isEncrypting } = require('./encryption.js');
const { abortError, fromFailure } = require('../errors.js');
const { whenAnswered } = require('./file-system.js');
const { demandForRestore } = require('./headroom.js');
const { identityFor } = require('../identity.js');
const inbox = require('./inbox.js');
const { encodingFor, encodingOf, snapshotName, withSuffix } = require('./names.js');
const { schemaOf } = require('./options.js');
const { checkArgument, checkOptions, checks } = require('../validate.js');

const SCHEMA = schemaOf('restore');

/** Default deadline of the restored process. A snapshot of a large heap takes minutes. */
const DEFAULT_DEADLINE_MS = 3_600_000;

/**
 * Restores the heap image `file`. See `index.d.ts` for options and result.
 * Wrong arguments throw; everything else rejects with a `code`.
 */
function restore(file, options) {
  const image = path.resolve(checkArgument('file', checks.path, file));
  return restoreImage(image, checkOptions(options, SCHEMA));
}

async function restoreImage(
  image,
  { path: to, compress, overwrite, force, identity: keys, deadlineMs = DEFAULT_DEADLINE_MS, signal, onProgress, ...options },
) {
  if (signal?.aborted) throw abortError(signal);
  if (binding.openRestore === undefined) {
    const message = `${image} can be restored on Linux x64 only`;
    throw Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
  }
  const answered = whenAnswered(path.dirname(image));
  if (answered) await answered;
  const identity = identityFor(keys);
  const { facts } = header(image, identity);
  const encoding = compress === undefined ? encodingOf(to ?? '') : encodingFor(compress);
  const isEncrypted = isEncrypting(options.encryptTo);
  const target = to === undefined ? withSuffix(snapshotName(image), encoding, isEncrypted) : path.resolve(to);
  if (!force && facts.heap) demandForRestore(target, facts.heap);
  const plan = nativePlan({ ...options, path: target, replace: overwrite, encoding });
  // The redaction of the dump applies unless the caller passes one.
  if (options.redact === undefined) plan.redaction ??= facts.redaction ?? undefined;
  const job = binding.openRestore(image, plan, identity);
  if (!(job instanceof binding.NativeRestore)) throw fromFailure(job);
  const { redaction: _redaction, heap: _heap, memory: memoryBefore, ...known } = facts;
  const result = { ...known, encrypted: isEncrypted, path: target, image, memoryBefore };
  return finished(job, result, { deadlineMs, signal, onProgress });
}

/** Starts the restore and resolves with its result. `known` is the part of the result that is known before. */
function finished(job, known, { deadlineMs, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    let stopped;
    const onAbort = () => job.abandon();
    signal?.addEventListener?.('abort', onAbort, { once: true });
    const end = ({ result, failure }) => {
      signal?.removeEventListener?.('abort', onAbort);
      if (result) resolve(result);
      else reject(stopped ?? fromFailure(failure, signal));
    };
    const follow = (progress) => {
      try {
        onProgress?.(progress);
      } catch (error) {
        stopped ??= error;
        job.abandon();
      }
    };
    job.finishLater(JSON.stringify(known), inbox.id, inbox.expect(end, follow), deadlineMs);
  });
}

/** Returns the header of an image. */
function header(image, identity) {
  const text = binding.imageHeader(image, identity);
  if (typeof text !== 'string') throw fromFailure(text);
  return JSON.parse(text);
}

module.exports = { restore };
