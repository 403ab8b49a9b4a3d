'use strict';
// Follows a dump of another process by the files in its directory.
//
// The dump is written as `.heapdump-rs.<pid>.<n>.partial` (a partial) and then renamed. The file with the inode of the partial is
// therefore the finished dump, under any name.

const fs = require('node:fs');
const path = require('node:path');
const { abortError } = require('../../errors.js');
const { openFiles } = require('./inspect.js');
const { attempt, hasProc, lives } = require('./processes.js');

/** Polling interval of a directory that does not report its changes. */
const POLL_MS = 500;
/** A program may write to another directory than its environment says. Its open partial shows where: polling interval and time. */
const SEARCH_POLL_MS = 50;
const SEARCH_TIMEOUT_MS = 5000;

/** A snapshot of unknown origin counts as our dump after this time. */
const DOUBT_MS = 1000;

const PARTIAL = /^\.heapdump-rs\.(\d+)\.\d+\.partial$/;
const COMPANION = /\.json$|\.sources\.json\.gz$|\.heapprofile$|\.request$/;
const SNAPSHOT = /(\.heapsnapshot(\.gz|\.zst)?|\.heapimage)(\.age)?$/;

/** Returns the files in a directory; none if the directory does not exist yet. */
function entries(directory) {
  const names = attempt(() => fs.readdirSync(directory)) ?? [];
  return names.flatMap((name) => {
    const file = path.join(directory, name);
    const stats = attempt(() => fs.lstatSync(file, { bigint: true }));
    if (!stats?.isFile()) return [];
    const pid = PARTIAL.exec(name)?.[1];
    // Names and inodes are reused, but not with the same time. A partial changes while it is written, so its birth time is used.
    const time = pid === undefined ? stats.mtimeNs : stats.birthtimeNs;
    return [
      { name, file, pid: pid && Number(pid), inode: stats.ino, bytes: Number(stats.size), key: `${name} ${stats.ino} ${time}` },
    ];
  });
}

/** One directory, watched for the dump of one process. */
class Directory {
  /** Keys of the files that were here before the signal. */
  #known;
  #pidInside;
  /** Inodes of partials: of our dump, and of all others. */
  #ours;
  #others;
  /** Names of partials that were here before the signal. */
  #old;
  /** Name of a finished file -> pid of the partial that was renamed to it, if the directory reported the renaming. */
  #origins = new Map();
  /** Key of a snapshot of unknown origin -> time when it was first seen. */
  #doubtful = new Map();
  #missing = 0;
  /** Time when a partial of the process was first reported. It may be gone before the next poll. */
  #glimpsed;
  #watcher;

  /** @param {bigint} [inode] of the dump, if it is known that the process writes it here */
  constructor(directory, pidInside, inode) {
    this.directory = directory;
    this.#pidInside = pidInside;
    this.#ours = new Set(inode === undefined ? [] : [inode]);
    // Files that exist before the signal are not its dump, even if they are still being written.
    const before = inode === undefined ? entries(directory) : [];
    this.#known = new Set(before.map(({ key }) => key));
    const partials = before.filter(({ pid }) => pid !== undefined);
    this.#others = new Set(partials.map((entry) => entry.inode));
    this.#old = new Set(partials.map(({ name }) => name));
  }

  /** Calls `onChange` when files are created, removed or renamed. Must be called again if the directory did not exist. */
  watch(onChange) {
    if (this.#watcher) return;
    let pid;
    this.#watcher = attempt(() =>
      fs.watch(this.directory, (event, name) => {
        if (event !== 'rename') return;
        // A renaming is reported with the old name, and then with the new one.
        const partial = PARTIAL.exec(name ?? '');
        if (!partial && pid !== undefined) this.#origins.set(name, pid);
        pid = partial ? Number(partial[1]) : undefined;
        if (pid === this.#pidInside && !this.#old.has(name)) this.#glimpsed ??= Date.now();
        onChange();
      }),
    );
    this.#watcher?.on('error', () => {}); // the directory is gone; the dump will fail
  }

  close() {
    this.#watcher?.close();
  }

  /** Returns whether a finished file is our dump. */
  #isOurs({ name, inode, key }) {
    if (this.#ours.size > 0) return this.#ours.has(inode);
    if (this.#origins.has(name)) return this.#origins.get(name) === this.#pidInside;
    if (this.#others.has(inode)) return false;
    // Created and finished between two polls. If it belongs to another dump, our own appears within DOUBT_MS.
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
    // Files beside the snapshot are written as partials, too, and are excluded by their names.
    const finished = now.filter(({ name, pid, key }) => pid === undefined && !COMPANION.test(name) && !this.#known.has(key));
    const done = finished.find((entry) => this.#isOurs(entry));
    if (done) return { state: 'done', file: done.file, bytes: done.bytes };
    if (partial) {
      this.#missing = 0;
      return { state: 'writing', file: partial.file, bytes: partial.bytes };
    }
    if (this.#ours.size === 0) {
      // A partial that was reported but never seen has either become a file, which appears soon, or failed.
      const isLost = this.#glimpsed !== undefined && Date.now() - this.#glimpsed > 2 * DOUBT_MS;
      return { state: isLost ? 'failed' : 'waiting', file: this.directory };
    }
    // One poll may miss a file that is being renamed; two polls do not.
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

    /** Finds the directory that the process writes to, by its open partials. */
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
      // Checked before the directory, because a file that the process published before it ended counts.
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
          Math.min(left, isWaiting && hasProc && timeoutMs - left < SEARCH_TIMEOUT_MS ? SEARCH_POLL_MS : POLL_MS),
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
      timer = setTimeout(guarded(tick), SEARCH_POLL_MS);
    })();
  });
}

module.exports = { follow };
