'use strict';
// A temporary directory for one test, in which `require('heapdump-rs')` finds this checkout.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { cleanup } = require('./cleanup.js');

const ROOT = path.resolve(__dirname, '../..');

const POLL_INTERVAL_MS = 5;

function temporary(t) {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-test-')));
  fs.chmodSync(directory, 0o755);
  fs.mkdirSync(path.join(directory, 'node_modules'));
  fs.symlinkSync(ROOT, path.join(directory, 'node_modules/heapdump-rs'));
  cleanup(t, () => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Names of the finished snapshots in `directory`, oldest name first. */
function snapshots(directory) {
  return fs
    .readdirSync(directory)
    .filter((name) => /\.heapsnapshot(\.gz|\.zst)?$/.test(name))
    .sort();
}

/** Names of unfinished files in `directory`. */
function partials(directory) {
  return fs.readdirSync(directory).filter((name) => name.endsWith('.partial'));
}

/**
 * Resolves as soon as `condition()` is truthy. Checks again whenever something changes in `directory`. The timeout of the test is
 * the watchdog.
 */
function seen(directory, condition) {
  return new Promise((resolve, reject) => {
    const watcher = fs.watch(directory, look);
    watcher.on('error', reject);
    function look() {
      try {
        const found = condition();
        if (!found) return;
        watcher.close();
        resolve(found);
      } catch (error) {
        watcher.close();
        reject(error);
      }
    }
    look();
  });
}

/**
 * Resolves as soon as `condition()` is truthy or resolves with something truthy. Polls, for conditions without an event. The timeout
 * of the test is the watchdog.
 */
async function until(condition) {
  for (;;) {
    const found = await condition();
    if (found) return found;
    await sleep(POLL_INTERVAL_MS);
  }
}

/** Waits for `count` finished snapshots in `directory`; returns their paths. */
async function written(directory, count = 1) {
  const names = await seen(directory, () => {
    const names = snapshots(directory);
    return names.length >= count && names;
  });
  return names.map((name) => path.join(directory, name));
}

module.exports = { ROOT, partials, seen, snapshots, temporary, until, written };
