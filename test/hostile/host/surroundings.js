'use strict';
// Environments of a process: directories that are read-only or deleted, full disks, namespaces, other users. A dump succeeds or
// fails with a code, and the service continues.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { childrenOf, isZombie } = require('../../support/processes.js');
const { ROOT } = require('../../support/temporary.js');
const { demand, hostileCase } = require('./case.js');
const { AS_OTHER_USER, OTHER_USER, attempt, recovers } = require('./limits.js');
const { checkFile, dumpEachSecond, eventually, startService, tally } = require('./service.js');

async function start(t, executable, options = {}) {
  const [command, ...args] = options.prefix ?? [];
  if (command) await demand('this machine does not allow it', command, [...args, executable, '-e', '0']);
  // The self-test ends before the first dump, which is therefore forked where possible.
  const after = `${options.after ?? ''}\nheapdump.capabilities().modes;`;
  const service = startService(t, { node: executable, ...options, after });
  fs.chmodSync(service.directory, 0o777);
  await service.ready();
  return service;
}

async function foreignDirectory(t, executable) {
  const service = await start(t, executable, { prefix: AS_OTHER_USER });
  fs.chmodSync(service.directory, 0o755);
  const detail = [await attempt(service), await attempt(service)];
  assert.deepEqual(detail, ['EACCES', 'EACCES']);
  fs.chmodSync(service.directory, 0o777);
  await recovers(service);
  await service.end();
  return detail.join(', ');
}

async function deletedDirectory(t, executable) {
  const service = await start(t, executable, { before: "require('node:fs').mkdirSync('gone'); process.chdir('gone');" });
  fs.rmdirSync(path.join(service.directory, 'gone'));
  const detail = [await attempt(service), await attempt(service)];
  assert.deepEqual(detail, ['ENOENT', 'ENOENT']);
  await service.end();
  return detail.join(', ');
}

/** In a separate namespace, so that nothing stays mounted after the end. */
const mounted = (mount) => ['unshare', '--mount', 'sh', '-c', `mkdir -p small && ${mount} && exec "$@"`, 'sh'];

/** The service checks this itself, because the mount is visible to it only. */
const LOOKS = `
  process.chdir('small');
  process.stdin.on('data', (text) => { if (/^0$/m.test(text)) say('files', require('node:fs').readdirSync('.')); });
`;

/** A file system that is full, or read-only. */
async function badDisk(t, executable, mount, codes) {
  const service = await start(t, executable, { prefix: mounted(mount), before: LOOKS, env: { NODE_HEAPDUMP_OPTIONS: 'force' } });
  const detail = [];
  for (let i = 0; i < 3; i += 1) {
    const code = await attempt(service);
    assert.ok(codes.includes(code), code);
    detail.push(code);
    service.app.tell('0');
    await service.app.said('answer');
    assert.deepEqual(await service.app.said('files'), [], 'left on the disk');
  }
  await service.end();
  return detail.join(', ');
}

/** PID 1 has to reap the children of other processes, too. */
async function asInit(t, executable, rounds) {
  const service = await start(t, executable, { prefix: ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] });
  const [inner] = childrenOf(service.app.pid);
  const methods = await dumpEachSecond(service, rounds, { pid: inner });
  await eventually('it has zombies', () => childrenOf(inner).filter(isZombie));
  await service.end();
  return tally(methods);
}

/** Dumps under a prefix of the command line, and reports the method. */
async function under(t, executable, prefix, rounds) {
  const service = await start(t, executable, { prefix });
  const methods = await dumpEachSecond(service, rounds);
  await service.end();
  return tally(methods);
}

/** The kernel hides /proc/self from a process that has changed its user. */
async function afterSetuid(t, executable, change, rounds) {
  const service = await start(t, executable, { after: change });
  const methods = await dumpEachSecond(service, rounds);
  fs.chmodSync(service.directory, 0o755);
  assert.equal(await attempt(service), 'EACCES', 'where only root may write');
  await service.end();
  return `${tally(methods)}, then EACCES`;
}

/** A second copy of the package, JavaScript and addon, in the directory of the service. */
const SECOND_COPY = `
  const fs = require('node:fs');
  fs.mkdirSync('copy');
  for (const name of fs.readdirSync('${ROOT}').filter((name) => /^(index\\.js|lib|package\\.json|heapdump-rs\\..*\\.node)$/.test(name))) {
    fs.cpSync('${ROOT}/' + name, 'copy/' + name, { recursive: true });
  }
  const other = require('./copy');
  other.on('dump', ({ path, method, reason }) => say(reason === 'dump' ? 'both' : 'other', { path, method }));
  other.on('error', ({ code, message }) => say('other', { code, message }));
  process.stdin.on('data', (text) => {
    if (!/^0$/m.test(text)) return;
    Promise.allSettled([heapdump.dump({ path: 'one.heapsnapshot' }), other.dump({ path: 'two.heapsnapshot' }), heapdump.snapshot(), other.snapshot()])
      .then((all) => say('all', all.map(({ value, reason }) => reason?.code ?? value.path ?? value.nodeCount)));
  });
`;

async function twoCopies(t, executable, rounds) {
  const service = await start(t, executable, { after: SECOND_COPY });
  const detail = [];
  for (let i = 0; i < rounds; i += 1) {
    // Each copy handles the signal.
    const first = await service.signal();
    const second = await service.app.said('other');
    assert.equal(second.code, undefined, second.message);
    for (const { path: file } of [first, second]) checkFile(path.resolve(service.directory, file));
    assert.notEqual(first.path, second.path);
    detail.push(first.method, second.method);
    await service.works();
  }
  service.app.tell('0');
  const all = await service.app.said('all');
  assert.equal(await service.app.said('answer'), 0);
  for (const file of all.slice(0, 2)) checkFile(path.resolve(service.directory, file));
  await service.end();
  return tally(detail);
}

/** Loads the JavaScript of the package in a separate context, as test runners do, with 100 other contexts alive. */
const IN_CONTEXTS = `
  const vm = require('node:vm');
  const path = require('node:path');
  const Module = require('node:module');
  globalThis.contexts = Array.from({ length: 100 }, (_, i) => vm.runInNewContext('({ here: [' + i + '], nested: () => here })', { i }));
  const sandbox = vm.createContext({ console, process, setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, queueMicrotask, URL, Buffer, AbortSignal });
  const loaded = new Map();
  function load(file) {
    if (!file.endsWith('.js')) return require(file);
    if (loaded.has(file)) return loaded.get(file).exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const resolve = Module.createRequire(file);
    const nested = (request) => (path.isAbsolute(request) || request.startsWith('.') ? load(resolve.resolve(request)) : require(request));
    vm.runInContext(Module.wrap(require('node:fs').readFileSync(file, 'utf8')), sandbox, { filename: file }).call(module, module.exports, nested, module, file, path.dirname(file));
    return module.exports;
  }
  const inside = load('${path.join(ROOT, 'index.js')}');
  process.stdin.on('data', (text) => {
    if (/^0$/m.test(text)) inside.dump({ path: 'inside.heapsnapshot', overwrite: true }).then(({ path }) => say('inside', path), ({ code }) => say('inside', code));
    if (/^1$/m.test(text)) inside.snapshot().then((live) => { say('live', live.nodeCount); live.close(); }, ({ code }) => say('live', code));
  });
  inside.on('dump', ({ path, method, reason }) => reason === 'SIGUSR2' && say('outcome', { path, method }));
`;

async function inContexts(t, executable, rounds) {
  const service = await start(t, executable, {
    before: "globalThis.vm = require('node:vm');",
    after: `heapdump.uninstall();${IN_CONTEXTS}inside.install();`,
  });
  const methods = await dumpEachSecond(service, rounds);
  service.app.tell('0');
  checkFile(path.resolve(service.directory, await service.app.said('inside')));
  service.app.tell('1');
  assert.ok((await service.app.said('live')) > 1000);
  await service.app.said('answer');
  await service.app.said('answer');
  await service.end();
  return tally(methods);
}

const SETUID = `process.setgroups([]); process.setgid(${OTHER_USER}); process.setuid(${OTHER_USER});`;
const NO_CAPABILITIES = ['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'];

/** Cases that are similar to one in the brief run. */
const WHOLE_ONLY = [
  'a disk without inodes',
  'a read-only disk',
  'no /dev',
  'a user namespace',
  'no capabilities',
  'seteuid after loading',
];

function surroundingCases({ nodes, brief }) {
  if (process.platform !== 'linux') return [];
  const rounds = brief ? 1 : 3;
  return nodes.flatMap(({ executable, version }) =>
    [
      ['a directory of another user', (t) => foreignDirectory(t, executable)],
      ['a deleted directory', (t) => deletedDirectory(t, executable)],
      ['a full disk', (t) => badDisk(t, executable, 'mount -t tmpfs -o size=2m none small', ['ENOSPC'])],
      ['a disk without inodes', (t) => badDisk(t, executable, 'mount -t tmpfs -o nr_inodes=1 none small', ['ENOSPC'])],
      ['a read-only disk', (t) => badDisk(t, executable, 'mount -t tmpfs -o ro none small', ['EROFS'])],
      ['PID 1 of a namespace', (t) => asInit(t, executable, rounds)],
      [
        'no /proc',
        (t) => under(t, executable, ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'], rounds),
      ],
      [
        'no /dev',
        (t) => under(t, executable, ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /dev && exec "$@"', 'sh'], rounds),
      ],
      ['a user namespace', (t) => under(t, executable, ['unshare', '--user'], rounds)],
      ['no capabilities', (t) => under(t, executable, NO_CAPABILITIES, rounds)],
      ['setuid after loading', (t) => afterSetuid(t, executable, SETUID, rounds)],
      ['seteuid after loading', (t) => afterSetuid(t, executable, `process.seteuid(${OTHER_USER});`, rounds)],
      ['two copies of the package', (t) => twoCopies(t, executable, rounds)],
      ['100 contexts, loaded in another', (t) => inContexts(t, executable, rounds)],
    ]
      .filter(([name]) => !brief || !WHOLE_ONLY.includes(name))
      .map(([name, body]) => hostileCase(`${name}, Node ${version}`, body)),
  );
}

module.exports = { surroundingCases };
