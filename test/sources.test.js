'use strict';
// Sources on another machine: saved beside the dump, or found below another directory.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const heapdump = require('../index.js');
const { Files } = require('../lib/view/files.js');
const { Pager } = require('../lib/view/pager.js');
const { start } = require('./support/app.js');
const { run, runSync } = require('./support/command.js');
const { partials, snapshots, temporary, written } = require('./support/temporary.js');

const LONG = { timeout: 180_000 };
const SIGNALS = { ...LONG, skip: process.platform === 'win32' && 'no signals here' };

/** The line that adds to `entries`: far beyond the text that V8 stores in a snapshot. */
const LINE = 105;
const LEAK = `'use strict';
${'// a line of a long licence, of which V8 keeps only the beginning\n'.repeat(LINE - 4)}const entries = [];
exports.add = (value) => {
  entries.push({ value, key: \`hunter2 \${value}\`, test: /hunter2/ });
};
`;

/** Three rounds of `add`, with a dump after each. */
const ROUNDS = (options) => `
  const { add } = require('./server/leak.js');
  (async () => {
    for (const round of [1, 2, 3]) {
      for (let i = 0; i < 2000; i++) add(i);
      const result = await require('heapdump-rs').dump({ path: \`s\${round}.heapsnapshot\`, ...${JSON.stringify(options)} });
      say('dump', result);
    }
    process.exit();
  })();
`;

/** A leaking program in the folder `server` of a directory. */
function project(t) {
  const directory = temporary(t);
  fs.mkdirSync(path.join(directory, 'server'));
  fs.writeFileSync(path.join(directory, 'server/leak.js'), LEAK);
  return directory;
}

/** Runs it; returns the results of its dumps. */
async function dumpIn(t, directory, options) {
  const app = start(t, directory, ROUNDS(options));
  const results = [];
  for (let i = 0; i < 3; i++) results.push(await app.said('dump'));
  await app.exit;
  return results;
}

const filesIn = (directory) => [1, 2, 3].map((n) => path.join(directory, `s${n}.heapsnapshot`));

/** Returns the location in the finding about the leak. */
const placeOf = (findings) =>
  findings.map(({ culprit }) => culprit.location).find((location) => location?.file.endsWith('leak.js'));
const place = (directory, options) => placeOf(heapdump.findLeaksSync(filesIn(directory), options));

const readSaved = (file) => JSON.parse(zlib.gunzipSync(fs.readFileSync(file)));

for (const mode of ['inline', 'auto']) {
  test(`mode ${mode}: the texts of scripts lie beside the snapshot, and findings use them`, LONG, async (t) => {
    const directory = project(t);
    const results = await dumpIn(t, directory, { sources: true, mode, sidecar: true });
    const leak = path.join(directory, 'server/leak.js');
    for (const [n, { sources }] of results.entries()) {
      const file = path.join(directory, `s${n + 1}.sources.json.gz`);
      assert.equal(sources.path, file);
      assert.equal(sources.bytes, fs.statSync(file).size);
      assert.equal(fs.statSync(file).mode & 0o777, 0o600);
      assert.ok(sources.pauseMs > 0);
      assert.equal(sources.leftOut, 0);
      assert.deepEqual(JSON.parse(fs.readFileSync(path.join(directory, `s${n + 1}.heapsnapshot.json`), 'utf8')).sources, sources);
      const { version, redacted, scripts } = readSaved(file);
      assert.deepEqual({ version, redacted, count: scripts.length }, { version: 1, redacted: false, count: sources.scripts });
      assert.equal(scripts.find(({ name }) => name === leak).text, LEAK);
      assert.ok(scripts.every(({ name, hash }) => !name.startsWith('node:') && /^[0-9a-f]{64}$/.test(hash)));
    }
    fs.rmSync(path.join(directory, 'server'), { recursive: true });
    assert.deepEqual(place(directory), { file: leak, line: LINE, column: 3 });
    // Without them the location is unknown.
    for (const { sources } of results) fs.rmSync(sources.path);
    assert.notEqual(place(directory)?.line, LINE);
  });
}

test('sources are only written on request', LONG, async (t) => {
  const directory = project(t);
  const [{ sources }] = await dumpIn(t, directory, {});
  assert.equal(sources, null);
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => name.includes('.sources.')),
    [],
  );
});

test('redact blanks strings, templates, expressions and comments, and findings still find the place', LONG, async (t) => {
  const directory = project(t);
  const [{ sources }] = await dumpIn(t, directory, { sources: true, redact: 'strings' });
  const { redacted, scripts } = readSaved(sources.path);
  assert.equal(redacted, true);
  const { text } = scripts.find(({ name }) => name.endsWith('server/leak.js'));
  assert.equal(
    text,
    LEAK.replaceAll('hunter2', '       ').replaceAll(/(?<=\/\/).*/g, (comment) => ' '.repeat(comment.length)),
  );
  assert.doesNotMatch(JSON.stringify(scripts), /hunter2|licence/);
  fs.rmSync(path.join(directory, 'server'), { recursive: true });
  assert.equal(place(directory).line, LINE);
});

test('with redact no name carries data', LONG, async (t) => {
  const directory = temporary(t);
  fs.writeFileSync(path.join(directory, 'a.mjs'), 'export const a = () => 1;');
  const app = start(
    t,
    directory,
    `
    (async () => {
      globalThis.kept = [await import('./a.mjs?token=hunter2'), await import('data:text/javascript,export const b = () => "hunter2"')];
      say('dump', await require('heapdump-rs').dump({ path: 'a.heapsnapshot', sources: true, redact: 'strings' }));
    })();
  `,
  );
  const { sources } = await app.said('dump');
  const text = JSON.stringify(readSaved(sources.path));
  assert.doesNotMatch(text, /hunter2/);
  assert.ok(readSaved(sources.path).scripts.some(({ name }) => name === path.join(directory, 'a.mjs')));
});

test('a dump that fails leaves no texts behind', LONG, async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  await assert.rejects(
    heapdump.dump({
      path: file,
      sources: true,
      onProgress: () => {
        throw new Error('stop');
      },
    }),
    /stop/,
  );
  // Another program creates the file in the meantime.
  const onProgress = () => {
    if (!fs.existsSync(file)) fs.writeFileSync(file, 'theirs');
  };
  await assert.rejects(heapdump.dump({ path: file, sources: true, sidecar: true, onProgress }), { code: 'EEXIST' });
  assert.deepEqual(fs.readdirSync(directory).sort(), ['a.heapsnapshot', 'node_modules']);
});

test('a dump does not fail because the texts cannot be written', LONG, async (t) => {
  const directory = temporary(t);
  fs.mkdirSync(path.join(directory, 'a.sources.json.gz'));
  const { sources } = await heapdump.dump({ path: path.join(directory, 'a.heapsnapshot'), sources: true });
  assert.equal(sources.path, null);
  assert.match(sources.reason, /directory/);
  assert.deepEqual(snapshots(directory), ['a.heapsnapshot']);
  assert.deepEqual(partials(directory), []);
});

test('a worker saves its own scripts', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Worker } = require('node:worker_threads');
    const worker = new Worker('globalThis.own = () => "of the worker"; require("heapdump-rs"); setInterval(() => {}, 1 << 30); require("node:worker_threads").parentPort.postMessage(1)', { eval: true });
    worker.once('message', async () => {
      say('dump', await require('heapdump-rs').dump({ path: 'a.heapsnapshot', threads: 'all', sources: true }));
      process.exit();
    });
  `,
  );
  const results = await app.said('dump');
  assert.equal(results.length, 2);
  const [main, worker] = results.map(({ sources }) => JSON.stringify(readSaved(sources.path)));
  assert.match(main, /postMessage/);
  assert.match(worker, /of the worker/);
});

test('the signal saves them where the environment says so, also when the thread is stuck', SIGNALS, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, "require('heapdump-rs').install({ sidecar: true }); say('ready'); for (;;);", {
    env: { NODE_HEAPDUMP_OPTIONS: 'sources' },
  });
  await app.said('ready');
  app.kill('SIGUSR2');
  const [file] = await written(directory);
  const { method, sources } = JSON.parse(fs.readFileSync(`${file}.json`, 'utf8'));
  assert.equal(method, 'interrupt');
  assert.ok(readSaved(sources.path).scripts.some(({ text }) => text.includes('for (;;);')));
});

test(
  'dump PID --sources makes a process save them that does not do so by default',
  { ...SIGNALS, skip: SIGNALS.skip || process.platform !== 'linux' },
  async (t) => {
    const directory = temporary(t);
    const app = start(t, directory, "require('heapdump-rs').install({ quiet: true }); setInterval(() => {}, 1000); say('ready');");
    await app.said('ready');
    const { status, stdout } = await run('dump', app.pid, '--sources', '--json');
    assert.equal(status, 0);
    const { path: file, sources } = JSON.parse(stdout);
    assert.equal(sources, file.replace('.heapsnapshot', '.sources.json.gz'));
    assert.ok(readSaved(sources).scripts.length > 0);
    // Once.
    const again = JSON.parse((await run('dump', app.pid, '--json')).stdout).path;
    assert.equal(fs.existsSync(again.replace('.heapsnapshot', '.sources.json.gz')), false);
    assert.deepEqual(
      fs.readdirSync(directory).filter((name) => name.startsWith('.')),
      [],
    );
  },
);

test('a request of another user is not answered', { skip: process.getuid?.() !== 0 && 'needs root' }, (t) => {
  const { leaveRequest, requestFile, takeRequest } = require('../lib/capture/signal-request.js');
  const directory = temporary(t);
  leaveRequest(directory, process.pid, { sources: true }, 12345);
  assert.deepEqual(takeRequest(directory).options, { sources: false });
  fs.rmSync(requestFile(directory, process.pid));
  fs.symlinkSync('/etc/hostname', requestFile(directory, process.pid));
  assert.deepEqual(takeRequest(directory).options, { sources: false });
  leaveRequest(directory, process.pid, { sources: true });
  assert.deepEqual(takeRequest(directory).options, { sources: true });
  assert.deepEqual(takeRequest(directory).options, { sources: false });
});

test('a source root has the scripts of another machine', LONG, async (t) => {
  const directory = project(t);
  await dumpIn(t, directory, {});
  const server = path.join(directory, 'server');
  const here = path.join(directory, 'here');
  fs.renameSync(server, here);
  assert.notEqual(place(directory)?.line, LINE);
  const expected = { file: path.join(here, 'leak.js'), line: LINE, column: 3 };
  assert.deepEqual(place(directory, { sourceRoots: { [server]: here } }), expected);
  assert.deepEqual(placeOf(await heapdump.findLeaks(filesIn(directory), { sourceRoots: { [server]: here } })), expected);
  const snapshot = heapdump.openSync(filesIn(directory)[2]);
  const location = (groups) => groups.find(({ location }) => location.file.endsWith('leak.js')).location;
  assert.equal(location(snapshot.closuresSync({ sourceRoots: { [server]: here } })).file, expected.file);
  assert.equal(location(await snapshot.closures({ sourceRoots: { [server]: here } })).file, expected.file);
  assert.deepEqual(
    snapshot.suspectsSync({ sourceRoots: { [server]: here } }),
    heapdump.findLeaksSync([snapshot], { sourceRoots: { [server]: here } }),
  );
  snapshot.close();
  const files = new Files(filesIn(directory));
  await files.open();
  const pager = new Pager(files, { [server]: here });
  const asked = {
    options: { limit: 10, sourceRoots: { [server]: '/elsewhere' } },
    waiting: { signal: new AbortController().signal },
  };
  assert.deepEqual(placeOf(await pager.answer('findLeaks', asked)), expected, 'the page has no say in it');
  pager.close();
  files.close();
  // Paths are shown relative to the working directory.
  const { stdout } = runSync('suspects', ...filesIn(directory), '--source-root', `${server}=.`, '--json', { cwd: here });
  assert.deepEqual(placeOf(JSON.parse(stdout).findings), { ...expected, file: 'leak.js' });
  // A different file of the same name is not the script that ran.
  fs.writeFileSync(path.join(here, 'leak.js'), `${'// changed\n'.repeat(10)}${LEAK}`);
  assert.notEqual(place(directory, { sourceRoots: { [server]: here } })?.line, LINE + 10);
});

test('wrong source roots are refused', async (t) => {
  const file = path.join(__dirname, 'fixtures/node20.heapsnapshot.zst');
  const snapshot = heapdump.openSync(file);
  for (const [sourceRoots, code] of [
    ['/app=.', 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [['/app', '.'], 'ERR_INVALID_ARG_TYPE'],
    [{ '/app': 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ '/app': '' }, 'ERR_INVALID_ARG_VALUE'],
    [{ '/app': 'a\0' }, 'ERR_INVALID_ARG_VALUE'],
    [{ '': '.' }, 'ERR_INVALID_ARG_VALUE'],
  ]) {
    assert.throws(() => heapdump.findLeaks([file], { sourceRoots }), { code });
    assert.throws(() => heapdump.findLeaksSync([file], { sourceRoots }), { code });
    for (const ask of ['closures', 'closuresSync', 'suspects', 'suspectsSync'])
      assert.throws(() => snapshot[ask]({ sourceRoots }), { code });
  }
  snapshot.close();
  for (const root of ['/app', '=.', '/app=', `/app=${path.join(temporary(t), 'none')}`]) {
    for (const command of ['suspects', 'report', 'view', 'inspect']) {
      const { status } = runSync(command, file, '--source-root', root);
      assert.equal(status, 2, `${command} ${root}`);
    }
  }
});
