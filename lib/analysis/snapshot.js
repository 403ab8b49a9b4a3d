'use strict';
// `Snapshot`: a handle to an analysed snapshot, which is in native memory.

const { NativeSnapshot } = require('../binding.js');
const { withSites, withSitesSync } = require('./allocated-at.js');
const { queryNative } = require('./query.js');
const { QUESTIONS } = require('./questions.js');
const { isImage } = require('../capture/image-file.js');
const { textsFor } = require('../capture/scripts.js');
const { imageError } = require('../errors.js');
const { identityFor } = require('../identity.js');
const { checkArgument, checkOptions, checks } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Number of rows that are converted to objects at a time: about 5 ms on an idle core. */
const ROWS_PER_PIECE = 2048;

/** Options of reading a file. */
const FILE_OPTIONS = { identity: checks.path };

/** A running query cannot be stopped. An abort discards its answer. */
const ABORTABLE = { signal: checks.abortSignal };

/** Protects the constructor: only this module creates handles. */
const KEY = Symbol('heapdump-rs');

/** See `index.d.ts`. The queries are added below, from their table. */
class Snapshot {
  #native;
  #file;

  constructor(key, native, file) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#native = native;
    this.#file = file;
  }

  get nodeCount() {
    return this.#native.nodeCount;
  }
  get edgeCount() {
    return this.#native.edgeCount;
  }
  get totalSize() {
    return this.#native.totalSize;
  }
  get rootId() {
    return this.#native.rootId;
  }
  get memoryUsed() {
    return this.#native.memoryUsed;
  }
  get closed() {
    return this.#native.closed;
  }

  close() {
    this.#native.close();
  }

  /** Returns the native handle of `value`; `undefined` if it is no snapshot. */
  static native(value) {
    return typeof value === 'object' && value !== null && #native in value ? value.#native : undefined;
  }

  /** Returns the file that a snapshot was opened from; `undefined` for one that was taken in memory. */
  static file(snapshot) {
    return snapshot.#file;
  }
}

const { native: nativeOf, file: fileOf } = Snapshot;
delete Snapshot.native;
delete Snapshot.file;

// Older Node has no such symbol.
if (Symbol.dispose)
  define(Symbol.dispose, function dispose() {
    this.close();
  });

function define(name, value) {
  Object.defineProperty(Snapshot.prototype, name, { value, writable: true, configurable: true });
}

/** Checks the arguments of a query. `args` converts its options to the arguments of the native query. */
function read(snapshot, { argument, options: schema, isOfSeveral, readsScripts }, given, more) {
  const native = nativeOf(snapshot);
  if (native === undefined) throw new TypeError('Illegal invocation');
  const [first, second] = given;
  const withTexts = readsScripts ? (options) => ({ ...options, ...textsFor([native]) }) : (options) => options;
  const args = isOfSeveral ? (options) => [[], withTexts(options)] : (options) => [withTexts(options)];
  if (!argument) return { native, options: checkOptions(first, { ...schema, ...more }), args };
  const isLeftOut = first === undefined && argument.isRootByDefault;
  const id = isLeftOut ? undefined : checkArgument(argument.name, argument.check, first);
  return {
    native,
    options: checkOptions(second, { ...schema, ...more }),
    // The root is read late, because a closed snapshot has none.
    args: (options) => [isLeftOut ? native.rootId : id, options],
  };
}

for (const [name, question] of Object.entries(QUESTIONS)) {
  const method = question.native ?? name;
  const { [name]: later, [`${name}Sync`]: now } = {
    [name](...given) {
      const {
        native,
        options: { signal, ...options },
        args,
      } = read(this, question, given, ABORTABLE);
      const ask = async () => {
        const answer = await native[method](...args(options));
        return question.hasSites ? withSites(answer, [fileOf(this)]) : answer;
      };
      return follow({ signal }, question.isLong ? async () => inPieces(await ask(), () => signal?.aborted) : ask);
    },
    [`${name}Sync`](...given) {
      const { native, options, args } = read(this, question, given);
      const answer = native[`${method}Sync`](...args(options));
      return question.hasSites ? withSitesSync(answer, [fileOf(this)]) : answer;
    },
  };
  define(name, later);
  define(`${name}Sync`, now);
}

/** `query()`: queries this snapshot in SQL. Throws on wrong arguments; rejects on other errors. */
define(
  'query',
  {
    query(sql, options) {
      const native = nativeOf(this);
      if (native === undefined) throw new TypeError('Illegal invocation');
      checkArgument('sql', checks.text, sql);
      const { showValues } = checkOptions(options, { showValues: checks.boolean });
      return queryNative(native, sql, { showValues });
    },
  }.query,
);

/**
 * Returns the rows of a long list, found on the thread pool. `piece(start, count)` converts them to objects. The caller must close
 * them.
 * @param {Snapshot} snapshot
 * @param {string} name of the query
 * @param {...unknown} given the arguments of the query, without `signal`
 */
async function rowsOf(snapshot, name, ...given) {
  const question = QUESTIONS[name];
  const { native, options, args } = read(snapshot, question, given);
  return native[question.native ?? name](...args(options));
}

/**
 * Converts found rows to objects, piece by piece. The conversion runs on this thread, and the event loop turns between pieces.
 */
async function inPieces(found, isStopped) {
  try {
    const list = await found.piece(0, ROWS_PER_PIECE);
    while (list.rows.length < found.length && !isStopped()) {
      const { rows } = await found.piece(list.rows.length, ROWS_PER_PIECE);
      for (const row of rows) list.rows.push(row);
    }
    // The ids of very many equal strings are converted in pieces, too.
    const texts = list.rows[0]?.ids ? list.rows : [];
    for (const [row, { ids, count }] of texts.entries()) {
      while (ids.length < count && !isStopped()) {
        for (const id of await found.ids(row, ids.length)) ids.push(id);
      }
    }
    return list;
  } finally {
    found.close();
  }
}

/** Reads and analyses a file on native threads. */
function open(path, options) {
  const file = checkArgument('path', checks.path, path);
  return openFile(file, checkOptions(options, { ...WORK_OPTIONS, ...FILE_OPTIONS }));
}

/** The same with checked arguments. */
async function openFile(file, { identity, ...work }) {
  try {
    const native = await follow(
      work,
      (control) => NativeSnapshot.open(file, identityFor(identity), control),
      (late) => late.close(),
    );
    return new Snapshot(KEY, native, file);
  } catch (error) {
    throw explained(error, file, identity);
  }
}

/** Reads and analyses a file. Blocks. */
function openSync(path, options) {
  const file = checkArgument('path', checks.path, path);
  const { identity } = checkOptions(options, FILE_OPTIONS);
  try {
    return new Snapshot(KEY, NativeSnapshot.openSync(file, identityFor(identity)), file);
  } catch (error) {
    throw explained(error, file, identity);
  }
}

/** Returns the error of a file that is no snapshot. For a heap image, it says how to make a snapshot of it. */
function explained(error, file, identity) {
  return error.code === 'ERR_HEAPDUMP_PARSE' && isImage(file, identityFor(identity)) ? imageError(file) : error;
}

/** Returns a handle to a native snapshot. */
function wrap(native) {
  return new Snapshot(KEY, native);
}

module.exports = { Snapshot, fileOf, nativeOf, open, openFile, openSync, rowsOf, wrap };
