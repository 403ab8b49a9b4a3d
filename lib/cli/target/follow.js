'use strict';
// Follows a dump of another process by the files in its directory.
//
// The dump is written as `.heapdump-rs.<pid>.<n>.partial` and then gets its name, so the
// file that has the inode of such a partial is the finished dump, whatever it is called.

const fs = require('node:fs');
const path = require('node:path');
const { abortError } = require('../../errors.js');
const { openFiles } = require('./inspect.js');
const { attempt, hasProc, lives } = require('./processes.js');

/** Between two looks at the directory when it does not report changes by itself. */
const LOOK_MS = 500;
/** A program may write elsewhere than its environment says, and quickly: the partial that it has open tells. */
const SEARCH_MS = 50;
const SEARCH_FOR_MS = 5000;

/** How long a snapshot of unknown origin is not believed to be ours. */
const DOUBT_MS = 1000;

const PARTIAL = /^\.heapdump-rs\.(\d+)\.\d+\.partial$/;
const COMPANION = /\.json$|\.sources\.json\.gz$|\.request$/;
const SNAPSHOT = /\.heapsnapshot(\.gz|\.zst)?$|\.heapimage$/;

/** What is in a directory; nothing if it is not there yet. */
function entries(directory) {
  const names = attempt(() => fs.readdirSync(directory)) ?? [];
  return names.flatMap((name) => {
    const file = path.join(directory, name);
    const stats = attempt(() => fs.lstatSync(file, { bigint: true }));
    if (!stats?.isFile()) return [];
    const pid = PARTIAL.exec(name)?.[1];
    // Names and inodes are used again, but not at the same time. A partial changes while it is written.
    const time = pid === undefined ? stats.mtimeNs : stats.birthtimeNs;
    return [
      { name, file, pid: pid && Number(pid), inode: stats.ino, bytes: Number(stats.size), key: `${name} ${stats.ino} ${time}` },
    ];
  });
}

/** One directory, watched for the dump of one process. */
class Directory {
  /** What was here before. */
  #known;
  #pidInside;
  /** Inodes of partials: of the dump that we wait for, and of all others. */
  #ours;
  #others;
  /** Names of partials that were here before. */
  #old;
  /** The process whose partial got this name, as far as the directory reports it. */
  #origins = new Map();
  /** When a snapshot of unknown origin was first seen. */
  #doubtful = new Map();
  #missing = 0;
  /** When a partial of the process was reported, which may have gone before anybody looked. */
  #glimpsed;
  #watcher;

  /** @param {bigint} [inode] of the dump, if it is known to be written here */
  constructor(directory, pidInside, inode) {
    this.directory = directory;
    this.#pidInside = pidInside;
    this.#ours = new Set(inode === undefined ? [] : [inode]);
    // What lies here before the signal is not what it asked for, also if it is still being written.
    const before = inode === undefined ? entries(directory) : [];
    this.#known = new Set(before.map(({ key }) => key));
    const partials = before.filter(({ pid }) => pid !== undefined);
    this.#others = new Set(partials.map((entry) => entry.inode));
    this.#old = new Set(partials.map(({ name }) => name));
  }

  /** Calls `onChange` when files come, go or get another name. Needed again if the directory was not there. */
  watch(onChange) {
    if (this.#watcher) return;
    let pid;
    this.#watcher = attempt(() =>
      fs.watch(this.directory, (event, name) => {
        if (event !== 'rename') return;
        // A file that gets another name is reported under the old one, and then under the new one.
        const partial = PARTIAL.exec(name ?? '');
        if (!partial && pid !== undefined) this.#origins.set(name, pid);
        pid = partial ? Number(partial[1]) : undefined;
        if (pid === this.#pidInside && !this.#old.has(name)) this.#glimpsed ??= Date.now();
        onChange();
      }),
    );
    this.#watcher?.on('error', () => {}); // the directory is gone; the process will say so
  }

  close() {
    this.#watcher?.close();
  }

  /** Whether a finished file is the dump that we wait for. */
  #isOurs({ name, inode, key }) {
    if (this.#ours.size > 0) return this.#ours.has(inode);
    if (this.#origins.has(name)) return this.#origins.get(name) === this.#pidInside;
    if (this.#others.has(inode)) return false;
    // It came and was finished unseen. If it is somebody else's, ours is going to be seen.
    if (!SNAPSHOT.test(name)) return false;
    if (!this.#doubtful.has(key)) this.#doubtful.set(key, Date.now());
    return Date.now() - this.#doubtful.get(key) >= DOUBT_MS;
  }

  /** @returns {{state: 'waiting'|'writing'|'failed'|'done', file?: string, bytes?: number}} */
  look() {
    const now = entries(this.directory);
    let partial;
    for (const entry of now.filter(({ pid }) => pid !== undefined)) {
      const isOurs = entry.pid === this.#pidInside && !this.#known.has(entry.key);
      if (isOurs) partial = entry;
      // An inode is used again as soon as its file is gone.
      this.#ours[isOurs ? 'add' : 'delete'](entry.inode);
      this.#others[isOurs ? 'delete' : 'add'](entry.inode);
    }
    // What lies beside the snapshot comes into being in the same way.
    const finished = now.filter(({ name, pid, key }) => pid === undefined && !COMPANION.test(name) && !this.#known.has(key));
    const done = finished.find((entry) => this.#isOurs(entry));
    if (done) return { state: 'done', file: done.file, bytes: done.bytes };
    if (partial) {
      this.#missing = 0;
      return { state: 'writing', file: partial.file, bytes: partial.bytes };
    }
    if (this.#ours.size === 0) {
      // What became of one that was only reported shows soon, or it came to nothing.
      const isLost = this.#glimpsed !== undefined && Date.now() - this.#glimpsed > 2 * DOUBT_MS;
      return { state: isLost ? 'failed' : 'waiting', file: this.directory };
    }
    // A file may be missed while it gets its name; not twice.
    return { state: this.#missing++ > 1 ? 'failed' : 'writing', file: this.directory };
  }
}

/**
 * Sends the signal and waits for the file.
 *
 * @param {object} how
 * @param {import('./processes.js').Process} how.target
 * @param {number} how.pidInside
 * @param {string} how.directory where the dump is expected
 * @param {number} how.timeoutMs
 * @param {() => void} how.send
 * @param {(look: object) => void} how.onProgress
 * @param {AbortSignal} [how.abort] ends the wait with an AbortError
 * @returns {Promise<{state: 'done'|'failed'|'ended'|'timeout', file?: string, bytes?: number}>}
 */
function follow({ target, pidInside, directory, timeoutMs, send, onProgress, abort }) {
  const watched = [new Directory(directory, pidInside)];
  const stale = new Set(openFiles(target.pid, PARTIAL).map(({ inode }) => inode));
  return new Promise((resolve, reject) => {
    const started = Date.now();
    let timer;
    let latest = { state: 'waiting' };

    const onAbort = () => end(reject, abortError(abort));
    const end = (settle, value) => {
      abort?.removeEventListener('abort', onAbort);
      clearTimeout(timer);
      for (const one of watched) one.close();
      settle(value);
    };

    /** Finds out where it writes, if it is not where we look. */
    const search = () => {
      for (const { file, inode } of openFiles(target.pid, PARTIAL)) {
        const found = path.dirname(file);
        if (!stale.has(inode) && !watched.some((one) => one.directory === found)) {
          watched.push(new Directory(found, pidInside, inode));
        }
      }
    };

    const check = () => {
      const looks = watched.map((one) => one.look());
      latest = ['done', 'failed', 'writing'].map((state) => looks.find((look) => look.state === state)).find(Boolean) ?? latest;
      onProgress(latest);
      const isOver = latest.state === 'done' || latest.state === 'failed';
      if (isOver) end(resolve, latest);
      return isOver;
    };

    const tick = () => {
      // Asked first: what it published before it ended counts.
      const alive = lives(target);
      const left = started + timeoutMs - Date.now();
      const isWaiting = latest.state === 'waiting';
      if (isWaiting) search();
      for (const one of watched) one.watch(guarded(check));
      if (check()) return;
      if (!alive) end(resolve, { ...latest, state: 'ended' });
      else if (left <= 0) end(resolve, { ...latest, state: 'timeout', begun: latest.state === 'writing' });
      else
        timer = setTimeout(
          guarded(tick),
          Math.min(left, isWaiting && hasProc && timeoutMs - left < SEARCH_FOR_MS ? SEARCH_MS : LOOK_MS),
        );
    };

    const guarded = (step) => () => {
      try {
        step();
      } catch (error) {
        end(reject, error);
      }
    };

    abort?.addEventListener('abort', onAbort, { once: true });
    guarded(() => {
      for (const one of watched) one.watch(guarded(check));
      send();
      timer = setTimeout(guarded(tick), SEARCH_MS);
    })();
  });
}

module.exports = { follow };
