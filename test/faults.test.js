'use strict';
// File errors of every kind: the right error, nothing left behind, a healthy process, and a successful next dump.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { cleanup } = require('./support/cleanup.js');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');
const { missing } = require('./support/tools.js');

const LONG = { timeout: 180_000 };
const isRoot = process.getuid?.() === 0;

/**
 * Dumps to `target` by every method, one command per line of standard input:
 * `dump PATH`, `writeSnapshot PATH`, `signal DIR`, or JavaScript.
 */
const PROGRAM = `
  const heapdump = require('heapdump-rs');
  const fs = require('node:fs');
  const shape = ({ code, errno, syscall, path, message }) => ({ code, errno, syscall, path, message });
  const commands = {
    dump: (path) => heapdump.dump({ path, force: true }).then(() => null, shape),
    writeSnapshot: (path) => new Promise((resolve) => {
      const returned = heapdump.writeSnapshot(path, (error) => resolve(error && shape(error)));
      if (typeof returned !== 'boolean') throw new Error('no boolean');
    }),
    signal: (dir) => new Promise((resolve) => {
      heapdump.install({ dir, name: 'signal.heapsnapshot', force: true });
      heapdump.once('dump', () => resolve(null)).once('error', (error) => resolve(shape(error)));
      process.kill(process.pid, 'SIGUSR2');
    }),
    run: async (code) => eval(code) ?? null,
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
    const [command, ...rest] = line.split(' ');
    say('answer', await commands[command](rest.join(' ')));
  });
`;

async function ask(app, command) {
  app.tell(command);
  return app.said('answer');
}

/**
 * Expects every method to fail in `directory` with `code` in `syscall`, and to leave nothing behind. Then, after `repair()`,
 * expects every method to succeed.
 */
async function failsThenWorks(app, directory, { code, syscall, repair, methods = ['dump', 'writeSnapshot', 'signal'] }) {
  const before = listing(directory);
  const file = (method) => path.join(directory, `${method}.heapsnapshot`);
  const order = (method) => `${method} ${method === 'signal' ? directory : file(method)}`;
  for (const method of methods) {
    const { message, ...shape } = (await ask(app, order(method))) ?? assert.fail(`${method} succeeded`);
    assert.deepEqual(shape, { code, errno: -os.constants.errno[code], syscall, path: file(method) }, method);
    if (method === 'writeSnapshot') assert.equal(message, `heapdump write error ${code}`);
    else assert.match(message, new RegExp(`^${code}: .*, ${syscall} '.*'$`));
    if (method === 'signal') await app.complains(new RegExp(`^heapdump-rs: dump failed: .*${path.basename(file(method))}'$`, 'm'));
    assert.deepEqual(listing(directory), before, `${method} left nothing behind`);
  }
  await repair();
  for (const method of methods) {
    assert.equal(await ask(app, order(method)), null, method);
    readSnapshot(file(method));
    fs.unlinkSync(file(method));
  }
}

function listing(directory) {
  return fs.readdirSync(directory).sort();
}

/** Mounts a file system; `undefined` without permission to mount. */
function mounted(t, options) {
  const directory = path.join(temporary(t), 'mounted');
  fs.mkdirSync(directory);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'heapdump-rs-test', directory]).status !== 0) return undefined;
  cleanup(t, () => execFileSync('umount', ['-l', directory]));
  return directory;
}

const MOUNT = process.platform !== 'linux' ? 'mounts are made on Linux' : !isRoot && 'only root can mount a file system';

test('full disk: ENOSPC', { ...LONG, skip: MOUNT }, async (t) => {
  const directory = mounted(t, 'size=1m');
  if (!directory) return t.skip('mounting is not allowed here');
  const app = start(t, temporary(t), PROGRAM);
  await failsThenWorks(app, directory, {
    code: 'ENOSPC',
    syscall: 'write',
    repair: () => execFileSync('mount', ['-o', 'remount,size=200m', directory]),
  });
});

test('no inode left: ENOSPC before V8 is asked', { ...LONG, skip: MOUNT }, async (t) => {
  const directory = mounted(t, 'size=100m,nr_inodes=1');
  if (!directory) return t.skip('mounting is not allowed here');
  const app = start(t, temporary(t), PROGRAM);
  await failsThenWorks(app, directory, {
    code: 'ENOSPC',
    syscall: 'open',
    repair: () => execFileSync('mount', ['-o', 'remount,nr_inodes=100', directory]),
  });
});

test('read-only file system: EROFS', { ...LONG, skip: MOUNT }, async (t) => {
  const directory = mounted(t, 'size=200m');
  if (!directory) return t.skip('mounting is not allowed here');
  execFileSync('mount', ['-o', 'remount,ro', directory]);
  const app = start(t, temporary(t), PROGRAM);
  await failsThenWorks(app, directory, {
    code: 'EROFS',
    syscall: 'open',
    repair: () => execFileSync('mount', ['-o', 'remount,rw', directory]),
  });
});

test('the disk gets full in the middle, compressed: ENOSPC', { ...LONG, skip: MOUNT }, async (t) => {
  const directory = mounted(t, 'size=256k');
  if (!directory) return t.skip('mounting is not allowed here');
  const app = start(t, temporary(t), PROGRAM);
  for (const name of ['a.heapsnapshot.gz', 'a.heapsnapshot.zst']) {
    assert.equal((await ask(app, `dump ${path.join(directory, name)}`)).code, 'ENOSPC');
    assert.deepEqual(listing(directory), []);
  }
});

test('no room for the sidecar: no snapshot either', { ...LONG, skip: MOUNT }, async (t) => {
  const directory = mounted(t, 'size=200m,nr_inodes=2'); // itself and the snapshot
  if (!directory) return t.skip('mounting is not allowed here');
  const app = start(t, temporary(t), PROGRAM);
  const file = path.join(directory, 'a.heapsnapshot');
  app.tell(`run heapdump.dump({ path: ${JSON.stringify(file)}, sidecar: true }).then(() => null, shape)`);
  assert.equal((await app.said('answer')).code, 'ENOSPC');
  assert.deepEqual(listing(directory), []);
});

test('file size limit: EFBIG, and SIGXFSZ does not end the process', { ...LONG, skip: missing('prlimit') }, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, PROGRAM, { prefix: ['prlimit', '--fsize=1000000:unlimited', '--'] });
  await failsThenWorks(app, directory, {
    code: 'EFBIG',
    syscall: 'write',
    repair: () => execFileSync('prlimit', ['--pid', String(app.pid), '--fsize=unlimited']),
  });
});

test('a full device: ENOSPC', { ...LONG, skip: !fs.existsSync('/dev/full') && 'no /dev/full' }, async (t) => {
  const app = start(t, temporary(t), PROGRAM);
  for (const method of ['dump', 'writeSnapshot']) {
    const { code, syscall, path } = await ask(app, `${method} /dev/full`);
    assert.deepEqual({ code, syscall, path }, { code: 'ENOSPC', syscall: 'write', path: '/dev/full' });
  }
});

test('missing directory: ENOENT', LONG, async (t) => {
  const parent = temporary(t);
  const directory = path.join(parent, 'missing');
  const app = start(t, parent, PROGRAM);
  for (const method of ['dump', 'writeSnapshot']) {
    const file = path.join(directory, 'a.heapsnapshot');
    const { code, syscall, path: named } = await ask(app, `${method} ${file}`);
    assert.deepEqual({ code, syscall, named }, { code: 'ENOENT', syscall: 'open', named: file });
    assert.equal(fs.existsSync(directory), false);
  }
  fs.mkdirSync(directory);
  await failsThenWorks(app, directory, { methods: [], repair() {} });
});

test(
  'a working directory that is gone: ENOENT',
  { ...LONG, skip: process.platform !== 'linux' && 'only Linux lets it go' },
  async (t) => {
    const parent = temporary(t);
    const app = start(t, parent, PROGRAM);
    const gone = path.join(parent, 'gone');
    fs.mkdirSync(gone);
    await ask(app, `run process.chdir(${JSON.stringify(gone)})`);
    fs.rmdirSync(gone);
    assert.equal((await ask(app, 'writeSnapshot a.heapsnapshot')).code, 'ENOENT');
    app.kill('SIGUSR2');
    await app.complains(/^heapdump-rs: dump failed: /m);
    const file = path.join(parent, 'a.heapsnapshot');
    assert.equal(await ask(app, `writeSnapshot ${file}`), null);
    readSnapshot(file);
  },
);

test('no permission: EACCES', { ...LONG, skip: process.platform === 'win32' && 'no such permissions' }, async (t) => {
  const parent = temporary(t);
  const directory = path.join(parent, 'forbidden');
  fs.mkdirSync(directory, { mode: 0o755 });
  if (!isRoot) fs.chmodSync(directory, 0o555);
  const app = start(t, parent, PROGRAM);
  // Permissions do not apply to root, so use another user.
  if (isRoot) await ask(app, 'run process.setegid(65534); process.seteuid(65534)');
  await failsThenWorks(app, directory, {
    code: 'EACCES',
    syscall: 'open',
    repair: () => fs.chmodSync(directory, isRoot ? 0o777 : 0o755),
  });
});

test(
  'the target is a symbolic link, a directory, a pipe',
  { ...LONG, skip: process.platform === 'win32' && 'needs privileges' },
  async (t) => {
    const directory = temporary(t);
    const app = start(t, directory, PROGRAM);
    const victim = path.join(directory, 'victim');
    fs.writeFileSync(victim, 'untouched');
    fs.symlinkSync(victim, path.join(directory, 'link'));
    fs.symlinkSync('nowhere', path.join(directory, 'dangling'));
    fs.mkdirSync(path.join(directory, 'folder'));
    execFileSync('mkfifo', [path.join(directory, 'pipe')]);
    const before = listing(directory);
    for (const [name, code] of [
      ['link', 'ELOOP'],
      ['dangling', 'ELOOP'],
      ['folder', 'EISDIR'],
      ['pipe', 'EEXIST'],
    ]) {
      for (const method of ['dump', 'writeSnapshot']) {
        const target = path.join(directory, name);
        const { code: got, syscall, path: named } = await ask(app, `${method} ${target}`);
        assert.deepEqual({ got, syscall, named }, { got: code, syscall: 'open', named: target }, `${method} ${name}`);
      }
    }
    assert.deepEqual(listing(directory), before);
    assert.equal(fs.readFileSync(victim, 'utf8'), 'untouched');
  },
);

test('the target exists: dump() refuses, writeSnapshot() replaces, as heapdump did', LONG, async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const app = start(t, directory, PROGRAM);
  fs.writeFileSync(file, 'mine');
  const { code, syscall } = await ask(app, `dump ${file}`);
  assert.deepEqual({ code, syscall }, { code: 'EEXIST', syscall: 'open' });
  assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
  assert.equal(await ask(app, `writeSnapshot ${file}`), null);
  readSnapshot(file);
});

test('no file descriptor left: EMFILE', { ...LONG, skip: missing('prlimit') }, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, PROGRAM, { prefix: ['prlimit', '--nofile=100', '--'] });
  await ask(app, 'run heapdump.install({ dir: ".", name: "warm" }); fs.statSync(".")');
  await ask(app, 'run globalThis.hoard = []; for (;;) { try { hoard.push(fs.openSync("/dev/null")) } catch { break } }');
  await failsThenWorks(app, directory, {
    code: 'EMFILE',
    syscall: 'open',
    repair: () => ask(app, 'run hoard.forEach((fd) => fs.closeSync(fd))'),
  });
});

test(
  'no file descriptor left when the package is loaded: the service runs, and names the missing feature',
  { ...LONG, skip: missing('prlimit') },
  async (t) => {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      `
    const fs = require('node:fs');
    const hoard = [];
    try { for (;;) hoard.push(fs.openSync('/dev/null')); } catch {}
    fs.closeSync(hoard.pop()); // to read the files of the package with
    const heapdump = require('heapdump-rs');
    say('installed', heapdump.capabilities().signal.installed);
    for (const fd of hoard) fs.closeSync(fd);
    heapdump.install();
    heapdump.on('dump', ({ path }) => say('dump', path));
    setInterval(() => {}, 1 << 30);
    say('repaired');
  `,
      { prefix: ['prlimit', '--nofile=100', '--'] },
    );
    assert.equal(await app.said('installed'), null);
    await app.complains(/^heapdump-rs: SIGUSR2 writes no snapshots: EMFILE.*\n/);
    await app.said('repaired');
    app.kill('SIGUSR2');
    readSnapshot(await app.said('dump'));
  },
);
