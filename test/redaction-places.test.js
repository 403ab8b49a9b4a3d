'use strict';
// Places in which a secret can be, and the levels of redaction that leave it there: the list of test/redaction/places.js, for every
// dump method.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { test } = require('node:test');
const { FORMS, found } = require('./redaction/markers.js');
const { LEVELS, PLACES, table } = require('./redaction/places.js');
const { start } = require('./support/app.js');
const { run, runSync } = require('./support/command.js');
const { readSnapshot } = require('./support/snapshot.js');
const { ROOT, temporary } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const LONG = { timeout: 180_000 };
/** An image is a copy of the memory: the process that restores it redacts (image.test.js). */
const MODES = heapdump.capabilities().modes.filter((mode) => mode !== 'image');
const IS_UNIX = process.platform !== 'win32';

// V8 of Node 18 does not distinguish its transition arrays from shapes, so some names of tables look like names of records.
const IS_OLD = Number.parseInt(process.versions.node, 10) < 20;

/** Returns the places left at a level according to the list, as text. */
function expected(letter) {
  return PLACES.filter(({ left }) => left.includes(letter)).map(describe);
}

const describe = ({ group, what, form }) => `${group}: ${what} (${form})`;
const leftIn = (text) => found(text, PLACES).map((n) => describe(PLACES[n]));

/** Returns the places left in a file, compressed or not. */
function leftInFile(file) {
  let bytes = fs.readFileSync(file);
  if (file.endsWith('.gz')) bytes = zlib.gunzipSync(bytes);
  if (file.endsWith('.zst')) bytes = zlib.zstdDecompressSync(bytes);
  return leftIn(bytes.toString('latin1'));
}

function check(file, letter) {
  const left = leftInFile(file);
  const wanted = expected(letter);
  if (!IS_OLD) return assert.deepEqual(left, wanted, `${file}, redact: ${LEVELS[letter]}`);
  return assert.ok(
    wanted.every((place) => left.includes(place)) && left.length - wanted.length <= 2,
    `${file}: ${left.filter((place) => !wanted.includes(place))}`,
  );
}

/** A program with all secrets in it. It prints one, so nothing is read from its output. */
const program = (more) => `
  const heapdump = require('heapdump-rs');
  const { FORMS } = require(${JSON.stringify(path.join(__dirname, 'redaction/markers.js'))});
  const { plantAll } = require(${JSON.stringify(path.join(__dirname, 'redaction/places.js'))});
  plantAll(FORMS).then(async () => { ${more} }).catch((error) => say('failed', error.stack));
`;
const NOSIGNAL = { env: { NODE_HEAPDUMP_OPTIONS: 'nosignal' } };

test('there are 120 places at least, each with a secret of its own', () => {
  assert.ok(PLACES.length >= 120, `${PLACES.length}`);
  assert.equal(new Set(PLACES.map(({ form }, n) => FORMS[form](n))).size, PLACES.length);
  assert.deepEqual(found(PLACES.map(({ form }, n) => FORMS[form](n)).join(), PLACES).length, PLACES.length);
});

test('the table of docs/redaction.md is the list', () => {
  assert.ok(
    fs.readFileSync(path.join(ROOT, 'docs/redaction.md'), 'utf8').includes(`\n${table()}\n`),
    'run: node test/redaction/places.js',
  );
});

for (const mode of MODES) {
  test(
    `${mode}: what is left is what the table says, plain and compressed, beside the snapshot and in what is said of it`,
    LONG,
    async (t) => {
      const directory = temporary(t);
      const app = start(
        t,
        directory,
        program(`
      for (const [name, options] of [
        ['p.heapsnapshot', { redact: false }],
        ['s.heapsnapshot', { redact: 'strings', sidecar: true }],
        ['t.heapsnapshot.gz', { redact: 'strict', sidecar: true, sources: true }],
        ['u.heapsnapshot', { redact: 'strict' }],
      ]) say('file', await heapdump.dump({ path: name, mode: '${mode}', fallback: false, ...options }));
    `),
        NOSIGNAL,
      );
      const files = {};
      for (const name of 'pstu') files[name] = (await app.said('file')).path;
      for (const letter of 'pst') check(files[letter], letter);
      check(files.u, 't');
      for (const letter of 'st') assert.deepEqual(leftInFile(`${files[letter]}.json`), []);
      check(path.join(directory, 't.sources.json.gz'), 'c');
      for (const letter of 'stu') assert.ok(readSnapshot(files[letter]).nodeCount > 10_000);
      sameNames(files.t, files.u);
      if (mode === 'inline') checkFindings(files, directory);
    },
  );
}

/** Both replace names equally. */
function sameNames(one, other) {
  const redacted = (file) => readSnapshot(file).strings.filter((text) => /^redacted-[b-v]{12}$/.test(text));
  const names = new Set(redacted(one));
  assert.ok(names.size > 50);
  const again = redacted(other);
  assert.ok(again.filter((name) => names.has(name)).length > 0.9 * again.length, 'equal names stay equal');
}

/** Findings and the page contain nothing that the snapshot does not contain. */
function checkFindings(files, directory) {
  const page = path.join(directory, 'page.html');
  for (const letter of 'st') {
    const args = [['suspects', files[letter], '--json']];
    if (fs.existsSync(path.join(ROOT, 'web/dist/report.html'))) args.push(['report', files[letter], '--output', page]);
    for (const line of args) {
      const { status, stdout, stderr } = runSync(...line, { cwd: directory });
      assert.ok(status === 0 || line[0] === 'suspects', `${line}: ${stderr}`);
      const text = line[0] === 'report' ? fs.readFileSync(page, 'latin1') : stdout;
      const allowed = new Set([...expected(letter), ...expected('c'), ...leftInFile(files[letter])]);
      assert.deepEqual(
        leftIn(text).filter((place) => !allowed.has(place)),
        [],
        `${line}`,
      );
    }
  }
}

test('a blocked thread: the table says which secrets are left', { ...LONG, skip: !IS_UNIX && 'no signals' }, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    program(`
    const fs = require('node:fs');
    heapdump.on('dump', ({ path, method }) => say('dumped', { path, method }));
    for (const [letter, redact] of [['p', false], ['s', 'strings'], ['t', 'strict']]) {
      heapdump.install({ redact, name: letter + '.heapsnapshot', wedgedAfterMs: 50 });
      await new Promise((resolve) => { process.stdin.once('data', resolve); });
      say('stuck');
      while (!fs.existsSync(letter + '.heapsnapshot'));
    }
  `),
  );
  for (const letter of 'pst') {
    app.tell('go');
    await app.said('stuck');
    app.kill('SIGUSR2');
    const { path: file, method } = await app.said('dumped');
    assert.equal(method, 'interrupt');
    check(file, letter);
  }
});

test(
  'the environment and dump --redact redact equally; a request never weakens the setting',
  { ...LONG, skip: !IS_UNIX && 'no signals' },
  async (t) => {
    const directory = temporary(t);
    const dumps = async (options, ...args) => {
      const app = start(t, directory, program("say('ready'); process.stdin.resume();"), {
        env: { NODE_HEAPDUMP_OPTIONS: options },
      });
      await app.said('ready');
      const { status, stdout, stderr } = await run('dump', app.pid, ...args);
      assert.equal(status, 0, stderr);
      return stdout.trim();
    };
    check(await dumps('quiet', '--redact', 'strict'), 't');
    check(await dumps('redact=strict', '--redact', 'strings'), 't');
    const wrong = runSync('dump', 1, '--redact', 'strct');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--redact/);
  },
);

test('of two levels the stricter counts; one that is not known is the strictest', (t) => {
  const { leaveRequest, takeRequest, withRequest } = require('../lib/capture/signal-request.js');
  const directory = temporary(t);
  for (const [redact, level] of [
    ['strings', 'strings'],
    ['strict', 'strict'],
    ['stricter', 'strict'],
    [null, 'strict'],
  ]) {
    leaveRequest(directory, process.pid, { redact });
    assert.deepEqual(takeRequest(directory).options, { sources: false, redact: level });
  }
  for (const [set, asked, level] of [
    [undefined, undefined, undefined],
    [undefined, 'strings', 'strings'],
    [false, 'strict', 'strict'],
    ['strings', 'strict', 'strict'],
    ['strict', 'strings', 'strict'],
    ['strict', undefined, 'strict'],
    [{ maxLength: 3 }, 'strings', 'strings'],
    [{ maxLength: 3 }, undefined, { maxLength: 3 }],
  ])
    assert.deepEqual(withRequest({ redact: set }, { redact: asked }).redact, level);
  // An image would write the unredacted memory to the disk.
  assert.equal(withRequest({ mode: 'auto', redact: 'strings' }, { mode: 'image' }).mode, 'auto');
  assert.equal(withRequest({ mode: 'auto' }, { mode: 'image' }).mode, 'image');
  assert.equal(withRequest({ mode: 'auto', redact: 'strict' }, { mode: 'inline' }).mode, 'inline');
});

test('a worker, watch() and writeSnapshot() know the level', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const heapdump = require('heapdump-rs');
    const { Worker } = require('node:worker_threads');
    const secret = () => ['tok', '9999', 'q99z'].join('');
    globalThis.kept = { [secret()]: {} };
    heapdump.watch({ growth: 1e12, redact: 'strict' });
    heapdump.writeSnapshot('w.heapsnapshot', (error, file) => say('file', file));
    const worker = new Worker("require('heapdump-rs'); globalThis.kept = { [['tok', '9999', 'q99z'].join('')]: {} }; postMessage(1); setInterval(() => {}, 1e6);".replace('postMessage', "require('node:worker_threads').parentPort.postMessage"), { eval: true });
    worker.once('message', async () => {
      const all = await heapdump.dump({ path: 'all.heapsnapshot', threads: 'all', redact: 'strict' });
      for (const { path } of all) say('file', path);
      process.exit();
    });
  `,
    { env: { NODE_HEAPDUMP_OPTIONS: 'nosignal,redact=strict' } },
  );
  for (let i = 0; i < 3; i++) {
    const { strings } = readSnapshot(path.resolve(directory, await app.said('file')));
    assert.deepEqual(
      strings.filter((text) => text.includes('tok9999q99z')),
      [],
    );
    assert.ok(strings.some((text) => text.startsWith('redacted-')));
  }
});

/** Writes each snapshot of a leak program twice: as V8 does, and redacted strictly. */
const TWICE = `
  const v8 = require('node:v8');
  const path = require('node:path');
  const heapdump = require(${JSON.stringify(ROOT)});
  const plain = v8.writeHeapSnapshot;
  v8.writeHeapSnapshot = (file) => {
    plain(file);
    heapdump.writeSnapshot(path.join(path.dirname(file), 'strict-' + path.basename(file)));
  };
`;

for (const name of ['dictionary', 'abort-signal', 'map-of-arrays']) {
  const file = path.join(__dirname, 'leaks/programs', `${name}.js`);
  test(`findings on ${name} are the same in strictly redacted snapshots`, LONG, (t) => {
    const directory = temporary(t);
    const preload = path.join(directory, 'twice.js');
    const out = path.join(directory, 'snapshots');
    fs.writeFileSync(preload, TWICE);
    fs.mkdirSync(out);
    const env = { ...process.env, NODE_HEAPDUMP_OPTIONS: 'nosignal,redact=strict' };
    const { status, stderr } = spawnSync(process.execPath, ['-r', preload, file, out], {
      encoding: 'utf8',
      env,
      cwd: path.dirname(file),
    });
    assert.equal(status, 0, stderr);
    const judged = (prefix) =>
      heapdump
        .findLeaksSync([1, 2, 3].map((n) => path.join(out, `${prefix}s${n}.heapsnapshot`)))
        .map(({ kind, severity, evidence }) => ({ kind, severity, count: evidence.count }));
    const whole = judged('');
    assert.ok(whole.some(({ severity }) => severity === 'leak'));
    assert.deepEqual(judged('strict-'), whole);
  });
}
