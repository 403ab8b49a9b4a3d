'use strict';
// Each transition of a dump: from the request, or from a failed child, to the next step.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { decide } = require('../lib/capture/decision.js');

const WORKS = { obstacle: undefined, verdict: '' };
const UNKNOWN = { obstacle: undefined, verdict: undefined };
const FAILED_PROBE = { obstacle: undefined, verdict: 'a trial failed' };
const IMPOSSIBLE = { obstacle: 'not on this system', verdict: 'not on this system' };

const failed = (code, more) => Object.assign(new Error(`failed: ${code}`), { code, ...more });
const dumpBy = (method, fallbackReason) => ({ step: 'dump', method, ...(fallbackReason && { fallbackReason }) });
const notForked = (reason) => `no dump by a forked child: ${reason}`;

/** The input, and the expected step. */
const FIRST = [
  [{ mode: 'inline', forks: WORKS }, dumpBy('inline')],
  [{ mode: 'inline', forks: IMPOSSIBLE }, dumpBy('inline')],
  [{ mode: 'auto', forks: WORKS }, dumpBy('fork')],
  [{ mode: 'auto', forks: UNKNOWN }, { step: 'probe' }],
  [{ mode: 'auto', forks: UNKNOWN, isProbed: true }, dumpBy('inline', notForked('it is not known yet whether that works'))],
  [{ mode: 'auto', forks: FAILED_PROBE }, dumpBy('inline', notForked('a trial failed'))],
  [{ mode: 'auto', forks: IMPOSSIBLE }, dumpBy('inline', notForked('not on this system'))],
  [{ mode: 'auto', forks: IMPOSSIBLE, fallback: false }, dumpBy('inline', notForked('not on this system'))],
  [{ mode: 'fork', forks: WORKS }, dumpBy('fork')],
  [{ mode: 'fork', forks: UNKNOWN }, dumpBy('fork')],
  [{ mode: 'fork', forks: FAILED_PROBE }, dumpBy('fork')],
  [{ mode: 'fork', forks: IMPOSSIBLE }, dumpBy('inline', notForked('not on this system'))],
  // In an interrupt the event loop does not run, so no child can be watched and no self-test awaited.
  ...['auto', 'inline', 'fork'].map((mode) => [{ mode, forks: WORKS, isInterrupted: true }, dumpBy('interrupt')]),
  [{ mode: 'auto', forks: UNKNOWN, isInterrupted: true }, dumpBy('interrupt')],
  // At the heap limit there is no second chance.
  [{ mode: 'auto', forks: UNKNOWN, isLastChance: true }, dumpBy('fork')],
  [{ mode: 'auto', forks: UNKNOWN, isLastChance: true, isInterrupted: true }, dumpBy('fork')],
  [{ mode: 'auto', forks: FAILED_PROBE, isLastChance: true }, dumpBy('inline', notForked('a trial failed'))],
  [
    { mode: 'auto', forks: FAILED_PROBE, isLastChance: true, isInterrupted: true },
    dumpBy('interrupt', notForked('a trial failed')),
  ],
  [{ mode: 'inline', forks: WORKS, isLastChance: true, isInterrupted: true }, dumpBy('interrupt')],
  // An image is asked for where nothing else fits.
  [{ mode: 'image', forks: WORKS }, dumpBy('image')],
  [{ mode: 'image', forks: UNKNOWN }, dumpBy('image')],
  [{ mode: 'image', forks: WORKS, isInterrupted: true }, dumpBy('image')],
  [{ mode: 'image', forks: WORKS, isInterrupted: true, isLastChance: true }, dumpBy('image')],
];

for (const [situation, decision] of FIRST) {
  test(`at first: ${describe(situation)}: ${decision.method ?? decision.step}`, () => {
    assert.deepEqual(decide(situation), decision);
  });
}

test('no child is possible, and nothing may follow: it fails', () => {
  const { step, error } = decide({ mode: 'fork', fallback: false, forks: IMPOSSIBLE });
  assert.deepEqual([step, error.code, error.message], ['fail', 'ERR_HEAPDUMP_UNSUPPORTED', notForked('not on this system')]);
});

test('no image is possible: it fails, whatever may follow', () => {
  const forks = { ...WORKS, imageObstacle: 'not on this processor' };
  for (const fallback of [true, false, 'image']) {
    const { step, error } = decide({ mode: 'image', fallback, forks });
    assert.deepEqual(
      [step, error.code, error.message],
      ['fail', 'ERR_HEAPDUMP_UNSUPPORTED', 'no heap image: not on this processor'],
    );
  }
});

test('an image that fails is tried again once, and nothing else is', () => {
  const child = failed('ERR_HEAPDUMP_CHILD');
  const late = failed('ERR_HEAPDUMP_DEADLINE');
  const situation = { mode: 'image', forks: WORKS };
  assert.deepEqual(decide({ ...situation, children: 1, failure: child }), dumpBy('image'));
  assert.deepEqual(decide({ ...situation, children: 2, failure: child }), { step: 'fail', error: child });
  assert.deepEqual(decide({ ...situation, children: 1, failure: late }), { step: 'fail', error: late });
});

test("fallback: 'image' follows a dump for which there is no memory", () => {
  const refused = failed('ERR_HEAPDUMP_HEADROOM', { need: 2, room: 1 });
  const killed = failed('ERR_HEAPDUMP_HEADROOM');
  for (const failure of [refused, killed]) {
    assert.deepEqual(decide({ mode: 'fork', fallback: 'image', forks: WORKS, failure }), dumpBy('image', failure.message));
  }
  const crashed = failed('ERR_HEAPDUMP_CHILD');
  const situation = { mode: 'fork', fallback: 'image', forks: WORKS, children: 2 };
  assert.deepEqual(decide({ ...situation, failure: crashed }), { step: 'fail', error: crashed });
  const forks = { ...WORKS, imageObstacle: 'not on this processor' };
  assert.deepEqual(decide({ ...situation, forks, failure: killed }), { step: 'fail', error: killed });
});

test('facts about forks are determined only where they matter', () => {
  const forks = {
    get obstacle() {
      throw new Error('asked');
    },
    get verdict() {
      throw new Error('asked');
    },
  };
  assert.equal(decide({ mode: 'inline', forks }).method, 'inline');
  assert.equal(decide({ mode: 'auto', forks, isInterrupted: true }).method, 'interrupt');
  assert.equal(decide({ mode: 'auto', forks, failure: failed('ERR_HEAPDUMP_CHILD'), children: 1 }).method, 'fork');
});

const CHILD = failed('ERR_HEAPDUMP_CHILD');
const DEADLINE = failed('ERR_HEAPDUMP_DEADLINE');

/** The failure, and the expected step. */
const AFTER_FAILURE = [
  [{ failure: CHILD, children: 1 }, dumpBy('fork')],
  [{ failure: CHILD, children: 2 }, dumpBy('inline', CHILD.message)],
  [{ failure: CHILD, children: 1, isInterrupted: true }, dumpBy('interrupt', CHILD.message)],
  // In mode 'inline' no child is started, so none is retried.
  [{ failure: CHILD, children: 1, mode: 'inline' }, dumpBy('inline', CHILD.message)],
  // The time is that of all children together.
  [{ failure: DEADLINE, children: 1 }, dumpBy('inline', DEADLINE.message)],
  [{ failure: DEADLINE, children: 1, isInterrupted: true }, dumpBy('interrupt', DEADLINE.message)],
  ...['fork', 'pipe2', 'read', 'uv_cwd'].map((syscall) => {
    const failure = failed('EAGAIN', { syscall });
    return [{ failure, children: 1 }, dumpBy('inline', failure.message)];
  }),
  ...[failed('ERR_HEAPDUMP_UNSUPPORTED'), failed('ERR_HEAPDUMP_HEADROOM', { need: 1 })].map((failure) => [
    { failure, children: 1 },
    dumpBy('inline', failure.message),
  ]),
];

for (const [situation, decision] of AFTER_FAILURE) {
  test(`after ${situation.failure.syscall ?? situation.failure.code}: ${describe(situation)}: ${decision.method}`, () => {
    assert.deepEqual(decide({ mode: 'auto', forks: WORKS, ...situation }), decision);
  });
}

test('a failure that is none of forking, or may not be followed, is the failure of the dump', () => {
  const own = ['ERR_HEAPDUMP_BUSY', 'ERR_HEAPDUMP_STALLED', 'ERR_HEAPDUMP_HEADROOM', 'ABORT_ERR'].map((code) => failed(code));
  for (const failure of [...own, failed('ENOSPC', { syscall: 'write' })]) {
    assert.deepEqual(decide({ mode: 'auto', forks: WORKS, failure, children: 1 }), { step: 'fail', error: failure });
  }
  for (const failure of [DEADLINE, failed('EAGAIN', { syscall: 'fork' })]) {
    assert.deepEqual(decide({ mode: 'fork', fallback: false, forks: WORKS, failure, children: 1 }), {
      step: 'fail',
      error: failure,
    });
  }
  assert.deepEqual(decide({ mode: 'fork', fallback: false, forks: WORKS, failure: CHILD, children: 1 }), dumpBy('fork'));
  assert.deepEqual(decide({ mode: 'fork', fallback: false, forks: WORKS, failure: CHILD, children: 2 }), {
    step: 'fail',
    error: CHILD,
  });
});

function describe({ mode = 'auto', forks, failure, ...more }) {
  const known = forks && `verdict ${JSON.stringify(forks.verdict) ?? 'unknown'}`;
  return [mode, known, ...Object.entries(more).map(([name, value]) => `${name} ${value}`)].filter(Boolean).join(', ');
}
