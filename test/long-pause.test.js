'use strict';
// The pause of a dump: with large scripts on old V8, and the measures against a long pause.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

const heapdump = require('..');

const LONG = { timeout: 300_000 };
const FORK = { ...LONG, skip: heapdump.capabilities().fork.available ? false : heapdump.capabilities().fork.reason };

/**
 * A script of 5 MB with 8,000 functions that are alive, and a class at its end. In 0.1.0 on Node 18 and 20, a snapshot with it took
 * 30 s of processor time, and 90 s with `typescript`: V8 before version 12 reads a script from its start to find the line of each
 * function, and of the constructor of each object. `estimate()` said 0.4 s.
 */
const LARGE_SCRIPT = `
  const code = Array.from({ length: 8000 }, (_, i) => '// ' + 'x'.repeat(560) + '\\nexports.f' + i + ' = function f' + i + '() { return ' + i + '; };').join('\\n') + '\\nexports.Last = class Last {};';
  require('node:fs').writeFileSync('large.js', code);
  const large = require('./large.js');
  globalThis.kept = Array.from({ length: 2000 }, () => new large.Last());
`;

/**
 * Maximum error factor of the estimate for a heap that is mostly the text of a script. In 0.1.0 the factor was thirty for the large
 * script.
 */
const MAX_ESTIMATE_ERROR = 20;

test('a large script does not make the snapshot slow, inline or by writeSnapshot(), and the estimate holds', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    ${LARGE_SCRIPT}
    const { pauseMs } = heapdump.estimate().inline;
    const used = (since) => { const { user, system } = process.cpuUsage(since); return (user + system) / 1e3; };
    (async () => {
      const first = process.cpuUsage();
      heapdump.writeSnapshot('a.heapsnapshot');
      const byWriteSnapshot = used(first);
      const second = process.cpuUsage();
      await heapdump.dump({ mode: 'inline', path: 'b.heapsnapshot' });
      say('end', { pauseMs, byWriteSnapshot, byDump: used(second) });
    })();`,
  );
  const { pauseMs, byWriteSnapshot, byDump } = await app.said('end');
  t.diagnostic(
    `estimate ${pauseMs} ms; processor time of writeSnapshot ${Math.round(byWriteSnapshot)} ms, of dump ${Math.round(byDump)} ms`,
  );
  for (const ms of [byWriteSnapshot, byDump])
    assert.ok(ms < pauseMs * MAX_ESTIMATE_ERROR, `${ms} ms, and the estimate says ${pauseMs} ms`);
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
  readSnapshot(path.join(directory, 'b.heapsnapshot'));
});

test('a large script does not make the snapshot slow, forked', FORK, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    const heapdump = require('heapdump-rs');
    ${LARGE_SCRIPT}
    heapdump.dump({ mode: 'fork', path: 'a.heapsnapshot', deadlineMs: 20_000 }).then(
      ({ method, fallback }) => say('end', { method, fallback }), ({ message }) => say('end', { message }));`,
  );
  assert.deepEqual(await app.said('end'), { method: 'fork', fallback: null });
});

/** 300 MB of strings, which take one second to dump, but 12 s according to an estimate that knows sizes only. */
const LARGE_HEAP = "globalThis.kept = Array.from({ length: 3000 }, () => Buffer.alloc(100_000, 'x').toString('latin1'));";

test('writeSnapshot() warns once of a long pause', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    const heapdump = require('heapdump-rs');
    const warnings = [];
    process.on('warning', ({ name, code, message }) => warnings.push({ name, code, message }));
    heapdump.writeSnapshot('small.heapsnapshot');
    setImmediate(() => {
      const before = warnings.length;
      ${LARGE_HEAP}
      // To targets that cannot be written, because only the estimate is tested.
      heapdump.writeSnapshot('not/there/1.heapsnapshot', () => {});
      heapdump.writeSnapshot('not/there/2.heapsnapshot', () => {});
      setImmediate(() => say('end', { before, warnings }));
    });`,
  );
  const { before, warnings } = await app.said('end');
  assert.equal(before, 0);
  assert.deepEqual(
    warnings.map(({ name, code }) => ({ name, code })),
    [{ name: 'HeapdumpWarning', code: 'HEAPDUMP_LONG_PAUSE' }],
  );
  assert.match(warnings[0].message, /about 1\d s/);
});

test('a dump without a mode is forked if an inline dump would stop JavaScript for long', FORK, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    const heapdump = require('heapdump-rs');
    const method = async (options) => (await heapdump.dump({ force: true, ...options })).method;
    (async () => {
      const small = await method({ path: 'small.heapsnapshot' });
      ${LARGE_HEAP}
      const large = await method({ path: 'large.heapsnapshot' });
      const asked = await method({ path: 'asked.heapsnapshot', mode: 'inline' });
      say('methods', { small, large, asked });
    })();`,
  );
  assert.deepEqual(await app.said('methods'), { small: 'inline', large: 'fork', asked: 'inline' });
});
