'use strict';
// Hosts other than plain Node: Bun, Deno, Electron's changes. The package works or fails with a code, and never crashes.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { start } = require('../../support/app.js');
const { readSnapshot } = require('../../support/snapshot.js');
const { ROOT, temporary } = require('../../support/temporary.js');
const { hostileCase } = require('./case.js');
const packages = require('./packages.js');
const { dumpEachSecond, startService, tally } = require('./service.js');

/** Calls every function that can depend on the host; prints a code or the result. */
const EVERYTHING = `
  const detail = {};
  const tell = async (name, call) => {
    console.error('before ' + name);
    try { detail[name] = String(await call()); } catch ({ code, message }) { detail[name] = code ?? 'no code: ' + message; }
  };
  (async () => {
    let heapdump;
    await tell('require', () => { heapdump = require('heapdump-rs'); return 'loaded'; });
    if (heapdump) {
      await tell('capabilities', () => JSON.stringify(heapdump.capabilities()).length > 100);
      for (const mode of ['inline', 'fork', 'auto']) {
        await tell(mode, async () => (await heapdump.dump({ path: mode + '.heapsnapshot', mode, sources: true })).path);
        await tell(mode + ' without fallback', async () => (await heapdump.dump({ path: mode + '.exact.heapsnapshot', mode, fallback: false })).path);
      }
      await tell('writeSnapshot', () => new Promise((resolve, reject) => {
        heapdump.writeSnapshot('at-once.heapsnapshot', (error, file) => (error ? reject(error) : resolve(require('node:path').resolve(file))));
      }));
      await tell('all threads', async () => (await heapdump.dump({ threads: 'all', dir: '.' })).map(({ path }) => path).join());
      await tell('in a worker', () => new Promise((resolve, reject) => {
        const { Worker } = require('node:worker_threads');
        new Worker("const { parentPort } = require('node:worker_threads');" +
          "require('heapdump-rs').dump({ path: 'worker.heapsnapshot' }).then(({ path }) => parentPort.postMessage(path), ({ code }) => parentPort.postMessage(code))",
        { eval: true }).on('message', resolve).on('error', reject);
      }));
      await tell('estimate', () => heapdump.estimate().heapBytes > 0);
      await tell('install', () => { heapdump.install(); return heapdump.uninstall(); });
      await tell('watch', () => { const watched = heapdump.watch({ rss: 1e15 }); watched?.stop?.(); return 'watching'; });
      await tell('snapshot', async () => (await heapdump.snapshot()).nodeCount > 1000);
      await tell('expectNoLeak', async () => (await heapdump.expectNoLeak(() => {})) ?? 'no leak');
      await tell('analysis', async () => (await heapdump.open(FIXTURE)).nodeCount);
    }
    // Deno does not pass on descriptors.
    process.stdout.write('detail ' + JSON.stringify(detail) + '\\n', () => process.exit(0));
  })();
`;

/** Writes a snapshot to analyse. */
const FIXTURE = (() => {
  const directory = path.join(ROOT, 'test/fixtures');
  return path.join(
    directory,
    fs.readdirSync(directory, { recursive: true }).find((name) => /\.heapsnapshot(\.gz)?$/.test(name)),
  );
})();

/** Calls every function on `host`. Fails on a crash, on an error without a code, and on an incomplete file. */
async function everything(t, host, execArgv, options = {}) {
  const directory = temporary(t);
  fs.writeFileSync(path.join(directory, 'package.json'), '{"type":"commonjs"}');
  const app = start(t, directory, `const FIXTURE = ${JSON.stringify(FIXTURE)};${EVERYTHING}`, { node: host, execArgv, ...options });
  assert.deepEqual(await app.exit, { code: 0, signal: null }, app.stderr.slice(-1500));
  const detail = JSON.parse(/^detail (.*)$/m.exec(app.stdout)[1]);
  for (const [name, value] of Object.entries(detail)) {
    if (value.startsWith('no code') || value === 'ERR_HEAPDUMP_INTERNAL') assert.fail(`${name}: ${value}`);
    for (const file of value.split(',').filter((text) => text.endsWith('.heapsnapshot'))) readSnapshot(file);
  }
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => name.includes('partial')),
    [],
  );
  return detail;
}

async function onBun(t) {
  const detail = await everything(t, packages.bun(), []);
  assert.deepEqual(
    [detail.require, detail.inline, detail.writeSnapshot],
    ['loaded', 'ERR_HEAPDUMP_UNSUPPORTED', 'ERR_HEAPDUMP_UNSUPPORTED'],
  );
  assert.ok(Number(detail.analysis) > 100, `analysis: ${detail.analysis}`);
  return `no dumps, ${detail.inline}; analysis works`;
}

async function onDeno(t) {
  const detail = await everything(t, packages.deno(), ['run', '--allow-all', '--no-prompt']);
  assert.match(detail.inline, /heapsnapshot$/);
  assert.equal(detail.writeSnapshot, 'ERR_HEAPDUMP_UNSUPPORTED');
  assert.ok(Number(detail.analysis) > 100, `analysis: ${detail.analysis}`);
  return `dump() works in place; writeSnapshot(): ${detail.writeSnapshot}, signals: ${detail.install}`;
}

async function onDenoWithoutPermissions(t) {
  const seen = [];
  for (const permissions of [['--allow-read'], ['--allow-read', '--allow-ffi', '--allow-env']]) {
    const detail = await everything(t, packages.deno(), ['run', '--no-prompt', ...permissions, '--allow-write']);
    seen.push(`${permissions.join(' ')}: ${detail.inline ?? detail.require}`);
  }
  assert.match(seen[0], /ERR_HEAPDUMP_NO_ADDON/);
  return seen.join('; ');
}

/** Not Electron itself, but its changes that affect this package. Forks are not tested there. */
async function likeElectron(t, executable) {
  const pretend =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '40.0.0' } }); process.type = 'browser';";
  const service = startService(t, { node: executable, before: pretend, env: { ELECTRON_RUN_AS_NODE: '1' } });
  await service.ready();
  const methods = await dumpEachSecond(service, 2);
  await service.end();
  assert.ok(
    methods.every((method) => method.startsWith('inline (')),
    methods.join(),
  );
  return `${tally(methods)} (only process.versions.electron is set: no Electron was run)`;
}

/** A service that starts from one of Node's startup snapshots, and the creation of one. */
async function startupSnapshot(t, executable) {
  const directory = temporary(t);
  const write = (name, text) => {
    fs.writeFileSync(path.join(directory, name), text);
    return path.join(directory, name);
  };
  const build = (blob, entry) =>
    spawnSync(executable, ['--snapshot-blob', path.join(directory, blob), '--build-snapshot', entry], {
      encoding: 'utf8',
      cwd: directory,
    });

  // Node aborts when it creates a startup snapshot with an addon loaded.
  const loads = write(
    'loads.js',
    "try { require('node:module').createRequire(__filename)('heapdump-rs'); } catch ({ code }) { console.log(code); }",
  );
  const during = build('loads.blob', loads);
  assert.deepEqual([during.status, during.signal, during.stdout.trim()], [0, null, 'ERR_HEAPDUMP_UNSUPPORTED'], during.stderr);

  const made = build('made.blob', write('made.js', 'globalThis.made = Array.from({ length: 1000 }, (_, i) => ({ i }));'));
  assert.equal(made.status, 0, made.stderr);
  const service = startService(t, {
    directory,
    node: executable,
    execArgv: ['--snapshot-blob', path.join(directory, 'made.blob')],
    after: "if (globalThis.made.length !== 1000) throw new Error('not from the snapshot');",
  });
  await service.ready();
  const methods = await dumpEachSecond(service, 2);
  await service.end();
  return `${tally(methods)}; while it is built: ${during.stdout.trim()}`;
}

/** Node's permissions: a missing permission is named, and everything permitted works. */
async function permissions(t, executable, major) {
  const permission = major < 22 ? '--experimental-permission' : '--permission';
  const directory = temporary(t);
  const files = [permission, '--allow-fs-read=*', `--allow-fs-write=${directory}`];
  const without = await everything(t, executable, files);
  assert.equal(without.require, 'ERR_HEAPDUMP_NO_ADDON');
  const seen = [`without --allow-addons: ${without.require}`];
  const more =
    major >= 25
      ? [[], ['--allow-inspector'], ['--allow-inspector', '--allow-worker', '--allow-child-process']]
      : [[], ['--allow-worker', '--allow-child-process']];
  for (const flags of more) {
    const detail = await everything(t, executable, [
      permission,
      '--allow-fs-read=*',
      '--allow-fs-write=*',
      '--allow-addons',
      ...flags,
    ]);
    seen.push(
      `--allow-addons ${flags.join(' ')}: ${detail.inline.endsWith('.heapsnapshot') ? 'works' : detail.inline}`.replace(' :', ':'),
    );
  }
  return seen.join('; ');
}

function embedderCases({ nodes, brief }) {
  const others = [
    hostileCase('Bun', onBun),
    hostileCase('Deno', onDeno),
    hostileCase('Deno without permissions', onDenoWithoutPermissions),
  ];
  return [
    ...others,
    ...nodes.flatMap(({ executable, version, major }) => [
      hostileCase(`like Electron, Node ${version}`, (t) => likeElectron(t, executable)),
      ...(brief ? [] : [hostileCase(`a startup snapshot, Node ${version}`, (t) => startupSnapshot(t, executable))]),
      ...(major < 20 ? [] : [hostileCase(`permissions, Node ${version}`, (t) => permissions(t, executable, major))]),
    ]),
  ];
}

module.exports = { embedderCases };
