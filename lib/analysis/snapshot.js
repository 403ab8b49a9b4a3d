'use strict';
// `Snapshot`: a handle on an analysed snapshot, which lives outside V8's heap.

const { NativeSnapshot } = require('../binding.js');
const { queryNative } = require('./query.js');
const { QUESTIONS } = require('./questions.js');
const { isImage } = require('../capture/image-file.js');
const { textsFor } = require('../capture/scripts.js');
const { imageError } = require('../errors.js');
const { checkArgument, checkOptions, checks } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Rows that become objects without the event loop noticing: some 5 ms on an idle core. */
const PIECE = 2048;

/** A question cannot be stopped once a thread is at it, but its answer can be given up. */
const ABORTABLE = { signal: checks.abortSignal };

/** Only this module makes handles. */
const KEY = Symbol('heapdump-rs');

/** See `index.d.ts`. The questions are added below, from their table. */
class Snapshot {
  #native;

  constructor(key, native) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#native = native;
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

  /** The native handle behind `value`; `undefined` if that is no snapshot. */
  static native(value) {
    return typeof value === 'object' && value !== null && #native in value ? value.#native : undefined;
  }
}

const nativeOf = Snapshot.native;
delete Snapshot.native;

// Older Node has no such symbol, and nothing that would ask for it.
if (Symbol.dispose)
  define(Symbol.dispose, function dispose() {
    this.close();
  });

function define(name, value) {
  Object.defineProperty(Snapshot.prototype, name, { value, writable: true, configurable: true });
}

/** Checks what a question was given. `args` makes of its options what the native one takes. */
function read(snapshot, { argument, options: schema, isOfSeveral, readsScripts }, given, more) {
  const native = nativeOf(snapshot);
  if (native === undefined) throw new TypeError('Illegal invocation');
  const [first, second] = given;
  const told = readsScripts ? (options) => ({ ...options, ...textsFor([native]) }) : (options) => options;
  const args = isOfSeveral ? (options) => [[], told(options)] : (options) => [told(options)];
  if (!argument) return { native, options: checkOptions(first, { ...schema, ...more }), args };
  const isLeftOut = first === undefined && argument.isRootByDefault;
  const id = isLeftOut ? undefined : checkArgument(argument.name, argument.check, first);
  return {
    native,
    options: checkOptions(second, { ...schema, ...more }),
    // Asked for late: a snapshot that is closed has no root.
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
      const ask = async () => native[method](...args(options));
      return follow({ signal }, question.isLong ? async () => inPieces(await ask(), () => signal?.aborted) : ask);
    },
    [`${name}Sync`](...given) {
      const { native, options, args } = read(this, question, given);
      return native[`${method}Sync`](...args(options));
    },
  };
  define(name, later);
  define(`${name}Sync`, now);
}

/** `query()`: SQL over this snapshot. Wrong arguments throw; everything else rejects. */
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
 * The rows of a long list, found on the thread pool, of which `piece(start, count)` makes objects. Whoever asks closes them.
 * @param {Snapshot} snapshot
 * @param {string} name of the question
 * @param {...unknown} given what the question takes, without `signal`
 */
async function rowsOf(snapshot, name, ...given) {
  const question = QUESTIONS[name];
  const { native, options, args } = read(snapshot, question, given);
  return native[question.native ?? name](...args(options));
}

/**
 * Makes objects of rows that are found, piece by piece: that happens on this thread, and
 * the event loop turns in between.
 */
async function inPieces(found, isStopped) {
  try {
    const list = await found.piece(0, PIECE);
    while (list.rows.length < found.length && !isStopped()) {
      const { rows } = await found.piece(list.rows.length, PIECE);
      for (const row of rows) list.rows.push(row);
    }
    // A text that very many strings have gets its ids in pieces, too.
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
  return openFile(file, checkOptions(options, WORK_OPTIONS));
}

/** The same for arguments that are checked. */
async function openFile(file, work) {
  try {
    const native = await follow(
      work,
      (control) => NativeSnapshot.open(file, control),
      (late) => late.close(),
    );
    return new Snapshot(KEY, native);
  } catch (error) {
    throw explained(error, file);
  }
}

/** Reads and analyses a file. Blocks. */
function openSync(path) {
  const file = checkArgument('path', checks.path, path);
  try {
    return new Snapshot(KEY, NativeSnapshot.openSync(file));
  } catch (error) {
    throw explained(error, file);
  }
}

/** The error of a file that is not a snapshot: a heap image can be made one. */
function explained(error, file) {
  return error.code === 'ERR_HEAPDUMP_PARSE' && isImage(file) ? imageError(file) : error;
}

/** Makes the handle on what native code has analysed. */
function wrap(native) {
  return new Snapshot(KEY, native);
}

module.exports = { Snapshot, nativeOf, open, openFile, openSync, rowsOf, wrap };
