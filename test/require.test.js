'use strict';
// Loading the package: cheap, repeatable, and never fatal to a service.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { ROOT, snapshots, temporary } = require('./support/temporary.js');

const LONG = { timeout: 180_000 };

test('require() loads only the modules that are needed', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    const before = new Set(process.moduleLoadList);
    require('heapdump-rs');
    say('loaded', process.moduleLoadList.filter((name) => !before.has(name)));
  `,
  );
  const loaded = await app.said('loaded');
  for (const name of ['child_process', 'zlib', 'http', 'crypto'].map((one) => `NativeModule ${one}`)) {
    assert.ok(!loaded.includes(name), name);
  }
});

test('loaded twice (the cache was cleared): one dump per signal, and the thread is one', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const first = require('heapdump-rs');
    for (const name of Object.keys(require.cache)) if (!name.endsWith('.node')) delete require.cache[name];
    const second = require('heapdump-rs');
    if (first === second) throw new Error('the same');
    first.on('dump', () => say('first'));
    second.once('dump', async () => {
      const all = await second.dump({ threads: 'all', path: 'all.heapsnapshot' });
      say('all', all.length);
    });
    process.kill(process.pid, 'SIGUSR2');
    setInterval(() => {}, 1 << 30);
  `,
  );
  assert.equal(await app.said('all'), 1);
  assert.equal(app.hasSaid('first'), false);
  assert.equal(snapshots(directory).filter((name) => name.startsWith('heapdump-')).length, 1);
});

test('no addon for this platform: an error with a code and advice', LONG, async (t) => {
  const directory = temporary(t);
  const copy = path.join(directory, 'copy');
  fs.mkdirSync(copy);
  for (const name of ['index.js', 'lib', 'package.json'])
    fs.cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  const app = start(
    t,
    directory,
    `
    try { require('./copy'); } catch ({ code, message }) { say('error', { code, message }); }
  `,
  );
  const { code, message } = await app.said('error');
  assert.equal(code, 'ERR_HEAPDUMP_NO_ADDON');
  assert.match(message, new RegExp(`${process.platform}-${process.arch}`));
  assert.match(message, /npm run build/);
});

/** An executable that names `loader` and has no code: a header, one program header, a text. */
function executable(loader) {
  const file = Buffer.alloc(64 + 56 + loader.length + 1);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeBigUInt64LE(64n, 32); // the table of program headers: where, the size of one, how many
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(3, 64); // PT_INTERP: where, and how long
  file.writeBigUInt64LE(120n, 64 + 8);
  file.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32);
  file.write(loader, 120, 'latin1');
  return file;
}

test('the C library is determined from the executable', LONG, (t) => {
  const { libc } = require('../lib/libc.js');
  const file = path.join(temporary(t), 'node');
  const of = (content) => {
    fs.writeFileSync(file, content);
    return libc(file);
  };
  assert.equal(of(executable('/lib64/ld-linux-x86-64.so.2')), 'glibc');
  assert.equal(of(executable('/lib/ld-musl-aarch64.so.1')), 'musl');
  assert.equal(of(executable('/home/ld-musl-fan/glibc/ld-linux-x86-64.so.2')), 'glibc');
  for (const odd of ['', '#!/bin/sh', executable('').subarray(0, 70), Buffer.alloc(200, 0xff)]) assert.notEqual(of(odd), 'musl');
  assert.equal(libc(path.join(path.dirname(file), 'none')), undefined);
  if (process.platform === 'linux') assert.equal(libc(), process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl');
});

test('an addon for another C library is not tried', { ...LONG, skip: process.platform !== 'linux' }, async (t) => {
  const directory = temporary(t);
  const copy = path.join(directory, 'copy');
  fs.mkdirSync(copy);
  for (const name of ['index.js', 'lib', 'package.json'])
    fs.cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  const ours = require('../lib/libc.js').libc();
  const [other, flavour] = ours === 'musl' ? ['glibc', 'musl'] : ['musl', 'gnu'];
  require('../lib/binding.js');
  const addon = Object.keys(require.cache).find((name) => name.endsWith(`-${flavour}.node`));
  // It could be loaded, but is the wrong kind, as if a shim had let it in.
  fs.copyFileSync(addon, path.join(copy, `heapdump-rs.linux-${process.arch}-${flavour}.node`));
  fs.writeFileSync(path.join(copy, 'lib/libc.js'), `exports.libc = () => '${other}';`);
  const app = start(
    t,
    directory,
    `
    try { require('./copy'); say('error', {}); } catch ({ code, message }) { say('error', { code, message }); }
  `,
  );
  const { code, message } = await app.said('error');
  assert.equal(code, 'ERR_HEAPDUMP_NO_ADDON');
  assert.match(message, new RegExp(`linux-${process.arch} \\(${other}\\)`));
});

test('a Node without the inspector: requiring works, dumps fail with its code, nothing hangs', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const Module = require('node:module');
    const load = Module._load;
    Module._load = function (request, ...rest) {
      if (request === 'node:inspector') throw Object.assign(new Error('Inspector is not available'), { code: 'ERR_INSPECTOR_NOT_AVAILABLE' });
      return load.call(this, request, ...rest);
    };
    const heapdump = require('heapdump-rs');
    (async () => {
      const codes = [await heapdump.dump().catch(({ code }) => code)];
      heapdump.writeSnapshot((error) => codes.push(error.message));
      codes.push(await heapdump.dump().catch(({ code }) => code)); // the turn was given back
      say('codes', codes);
      process.kill(process.pid, 'SIGUSR2');
    })();
    heapdump.on('error', ({ code }) => say('event', code));
    setInterval(() => {}, 1 << 30);
  `,
  );
  const code = 'ERR_INSPECTOR_NOT_AVAILABLE';
  assert.deepEqual(await app.said('codes'), [code, `heapdump write error ${code}`, code]);
  await app.complains(/^heapdump-rs: dump failed: Inspector is not available\n/m);
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => /partial|heapsnapshot/.test(name)),
    [],
  );
});

// Regression: on Bun, `require` called a function of libuv that Bun exports as a stub, which aborted the process, and a dump then
// failed with a code of Bun's inspector. test/hostile runs the real Bun and Deno.
test('on Bun a dump fails with ERR_HEAPDUMP_UNSUPPORTED, and capabilities() says so', LONG, async (t) => {
  const app = start(
    t,
    temporary(t),
    `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.4.5' } });
    const heapdump = require('heapdump-rs');
    heapdump.dump({ mode: 'inline' }).catch(({ code }) => say('error', code));
    say('inspector', heapdump.capabilities().inspector);
  `,
  );
  assert.equal(await app.said('error'), 'ERR_HEAPDUMP_UNSUPPORTED');
  const { available, reason } = await app.said('inspector');
  assert.equal(available, false);
  assert.match(reason, /Bun/);
});

// Regression: where the inspector only answers from the event loop, as on Deno, writeSnapshot() failed without a code and `sources`
// wrote a file without any script.
test('an inspector that answers later: calls that need a synchronous answer fail with a code, dump() works', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    `
    const { Session } = require('node:inspector');
    const { post } = Session.prototype;
    Session.prototype.post = function (...args) { setImmediate(() => post.apply(this, args)); };
    const heapdump = require('heapdump-rs');
    heapdump.writeSnapshot((error) => say('code', error.code));
    heapdump.dump({ path: 'a.heapsnapshot', mode: 'inline', sources: true }).then(({ sources }) => say('sources', sources), () => {});
  `,
  );
  assert.equal(await app.said('code'), 'ERR_HEAPDUMP_UNSUPPORTED');
  // The inspector of Node 18 and 20 always answers synchronously, so dump() relies on it.
  if (Number.parseInt(process.versions.node, 10) < 22) return;
  const { path: file, reason } = await app.said('sources');
  assert.equal(file, null);
  assert.match(reason, /event loop/);
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => /partial|sources/.test(name)),
    [],
  );
  assert.deepEqual(snapshots(directory), ['a.heapsnapshot']);
});

// Regression: with the addon loaded, Node aborted with a fatal error of V8 (CheckGlobalAndEternalHandles, SIGTRAP) when it created
// the snapshot.
// Node 18 itself cannot load user modules there.
const CANNOT_LOAD =
  Number.parseInt(process.versions.node, 10) < 20 && 'a startup snapshot of this Node loads no modules of the user';
test('a startup snapshot cannot contain the package: require says so', { ...LONG, skip: CANNOT_LOAD }, (t) => {
  const directory = temporary(t);
  const entry = path.join(directory, 'entry.js');
  fs.writeFileSync(
    entry,
    "try { require('node:module').createRequire(__filename)('heapdump-rs'); } catch ({ code }) { console.log(code); }",
  );
  const { signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--snapshot-blob', path.join(directory, 'a.blob'), '--build-snapshot', entry],
    { encoding: 'utf8' },
  );
  assert.deepEqual({ signal, status }, { signal: null, status: 0 }, stderr);
  assert.equal(stdout.trim(), 'ERR_HEAPDUMP_UNSUPPORTED');
});
