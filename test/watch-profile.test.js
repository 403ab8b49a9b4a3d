'use strict';
// watch({ profile }): the allocation profile beside each dump.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { ROOT, partials, snapshots, temporary, written } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');
const { takeProfile } = require('../lib/capture/profile-file.js');
const { Sampling, isSampling } = require('../lib/profile/profiler.js');

const LONG = { timeout: 180_000 };
const FORKS = { ...LONG, skip: heapdump.capabilities().fork.available ? false : 'nothing is forked here' };

/** The text of a function that allocates and retains a kilobyte. */
const LEAK = `
  const leaked = [];
  function handleRequest() { leaked.push(Array.from({ length: 128 }, (_, i) => i + 0.5)); }`;

test('a dump has the profile beside it, and the oldest are removed together', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    const { isSampling } = require(${JSON.stringify(path.join(ROOT, 'lib/profile/profiler.js'))});
    ${LEAK}
    heapdump.on('dump', ({ path, profile }) => say('dump', { path, profile }));
    setInterval(() => { for (let n = 0; n < 200; n++) handleRequest(); }, 10);
    const watcher = heapdump.watch({
      growth: 1 << 20, everyMs: 1, cooldownMs: 0, maxDumps: 2, keepLast: 1, dir: 'dumps', sidecar: true, compress: true,
      nearHeapLimit: false, profile: { intervalBytes: 4096 },
    });
    heapdump.on('dump', () => setImmediate(() => { if (!watcher.active) say('end', isSampling()); }));`,
  );
  await app.said('dump');
  const { path: file, profile } = await app.said('dump');
  assert.equal(await app.said('end'), false, 'the end of the watch ends the sampling');
  assert.equal(profile.path, file.replace('.heapsnapshot.gz', '.heapprofile'));
  assert.deepEqual(
    fs.readdirSync(path.join(directory, 'dumps')).sort(),
    [file, profile.path, `${file}.json`].map((one) => path.basename(one)).sort(),
  );
  const { size, mode } = fs.statSync(profile.path);
  assert.deepEqual([size, mode & 0o777], [profile.bytes, 0o600]);
  assert.deepEqual(JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')).profile, profile);
  const functions = heapdump
    .openProfile(profile.path)
    .sites({ limit: 3 })
    .flatMap((site) => [site, ...site.callers]);
  assert.ok(
    functions.some((one) => one.function === 'handleRequest'),
    JSON.stringify(functions),
  );
});

test('a redacted dump has a profile without data, or none', async () => {
  const source = 'export const kept = []; export function fill() { for (let i = 0; i < 2e4; i++) kept.push([i]); } // secret';
  const sampling = new Sampling(4096);
  const { fill } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  fill();
  const taken = (redact) => takeProfile(sampling, { redact });
  assert.match(taken(false).text, /secret/);
  assert.doesNotMatch(taken('strings').text, /secret/);
  assert.match(taken('strings').text, /"fill"/);
  assert.match(taken('strict').reason, /strict/);
  sampling.stop();
});

test('a dump at the heap limit has a profile', FORKS, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    heapdump.capabilities().fork;
    heapdump.watch({ maxDumps: 1, profile: true });
    ${LEAK}
    for (;;) handleRequest();`,
    { execArgv: ['--max-old-space-size=100'] },
  );
  await app.exit;
  const [file] = await written(directory);
  readSnapshot(file);
  const [site] = heapdump.openProfile(file.replace('.heapsnapshot', '.heapprofile')).sites();
  // V8 may have inlined the function, which then counts as its caller.
  assert.match(site.file, /app-\d+\.js$/, JSON.stringify(site));
  assert.deepEqual([snapshots(directory).length, partials(directory)], [1, []]);
});

test('wrong options throw, and nothing samples then', () => {
  for (const profile of [1, 'yes', { interval: 1 }, { intervalBytes: 0 }]) {
    assert.throws(
      () => heapdump.watch({ profile }),
      ({ code }) => /^ERR_(INVALID_ARG|OUT_OF)/.test(code),
      JSON.stringify(profile),
    );
  }
  assert.equal(isSampling(), false);
  const profiler = heapdump.profile();
  profiler.start({ intervalBytes: 1 << 20 });
  assert.throws(() => heapdump.watch({ profile: { intervalBytes: 4096 } }), { code: 'ERR_HEAPDUMP_PROFILER' });
  heapdump.watch({ profile: true }).stop();
  assert.equal(isSampling(), true, 'the profile of the application goes on');
  profiler.stop();
  assert.equal(isSampling(), false);
});
