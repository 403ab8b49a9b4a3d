'use strict';
// `snapshot()`: analyses the heap of this thread without a file.

const { NativeFeed } = require('../binding.js');
const { dumpLockFree } = require('../capture/dump-lock.js');
const inbox = require('../capture/inbox.js');
const { ofThisThread } = require('../capture/scripts.js');
const session = require('../capture/session.js');
const { wrap } = require('./snapshot.js');
const { checkOptions, checks } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Options of V8. */
const V8_OPTIONS = { exposeInternals: checks.boolean, exposeNumericValues: checks.boolean };

/** Options of V8, and whether to wait for the dump lock. */
const LIVE_OPTIONS = { ...V8_OPTIONS, wait: checks.boolean };

/** Throws on wrong options; rejects on other errors. */
function snapshot(options) {
  return take(checkOptions(options, { ...LIVE_OPTIONS, ...WORK_OPTIONS }));
}

/** The same with checked options. */
async function take({ signal, onProgress, wait, ...how }) {
  const work = { signal, onProgress };
  for (;;) {
    try {
      return wrap(
        ofThisThread(
          await follow(
            work,
            (control) => feed(how, control),
            (late) => late.close(),
          ),
        ),
      );
    } catch (error) {
      if (!(wait && error.code === 'ERR_HEAPDUMP_BUSY')) throw error;
    }
    await dumpLockFree(signal);
  }
}

/**
 * Calls `ask` with a snapshot of this thread, and closes the snapshot afterwards.
 *
 * @param {object} options checked: those of `take`, and others for `ask`
 * @param {(snapshot: object, others: object, work: object) => unknown} ask
 */
async function withLive({ exposeInternals, exposeNumericValues, wait, signal, onProgress, ...others }, ask) {
  const work = { signal, onProgress };
  const snapshot = await take({ exposeInternals, exposeNumericValues, wait, ...work });
  try {
    return await ask(snapshot, others, work);
  } finally {
    snapshot.close();
  }
}

/** The same, blocking. */
function withLiveSync({ exposeInternals, exposeNumericValues, ...others }, ask) {
  const snapshot = takeSync({ exposeInternals, exposeNumericValues });
  try {
    return ask(snapshot, others);
  } finally {
    snapshot.close();
  }
}

/** Takes a snapshot and blocks. Waits for the dump lock. */
function takeSync(how) {
  const feed = NativeFeed.open(false, true);
  try {
    session.takeSnapshotNow(receiver(feed), how);
  } catch (error) {
    feed.abandon();
    throw error;
  }
  return wrap(ofThisThread(feed.finishSync()));
}

/** Returns the native snapshot that is made of V8's text. */
async function feed(how, control) {
  const feed = NativeFeed.open(session.IS_DEFERRED, false, control);
  try {
    await taken(receiver(feed), how);
  } catch (error) {
    feed.abandon();
    throw error;
  }
  return feed.finish();
}

/** Resolves when V8 has handed out the whole snapshot. */
function taken(receive, how) {
  return new Promise((resolve, reject) => {
    if (!session.IS_DEFERRED) {
      session.takeSnapshotNow(receive, how);
      resolve();
      return;
    }
    // Only this ticket keeps the event loop alive until it turns.
    const ticket = inbox.expect(({ error }) => (error ? reject(error) : resolve()));
    try {
      session.takeSnapshot(receive, how, (error) => inbox.settle({ ticket, error }));
    } catch (error) {
      inbox.settle({ ticket, error });
    }
  });
}

/** Returns the function that gets V8's text. V8 cannot be stopped: after an abort, the feed drops the text. */
function receiver(feed) {
  let hasBegun = false;
  return (text) => {
    if (!hasBegun) feed.begin();
    hasBegun = true;
    feed.write(text);
  };
}

module.exports = { LIVE_OPTIONS, V8_OPTIONS, snapshot, take, withLive, withLiveSync };
