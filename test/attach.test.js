'use strict';
// `heapdump-rs dump --attach`: processes that have not loaded the package.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { describe, test } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const zlib = require('node:zlib');
const { Channel } = require('../lib/cli/attach/channel.js');
const { makeWorkspace } = require('../lib/cli/attach/workspace.js');
const { start } = require('./support/app.js');
const { ANY_PORT, WATCHED, leftovers, seenFromOutside, traces } = require('./support/attach.js');
const { run, startCommand } = require('./support/command.js');
const { receiver } = require('./support/receiver.js');
const { checkBytes } = require('./support/snapshot.js');
const { ROOT, partials, seen, snapshots, temporary, until } = require('./support/temporary.js');
const { missing, succeeds } = require('./support/tools.js');

const skip = process.platform === 'linux' ? false : 'needs /proc';
const isRoot = process.getuid?.() === 0;

/** Starts a program whose inspector gets a port of its own when SIGUSR1 opens it. */
function startApp(t, source = WATCHED, { execArgv = [], folder = temporary(t), ...options } = {}) {
  const app = start(t, folder, source, { execArgv: [ANY_PORT, ...execArgv], ...options });
  return Object.assign(app, { folder });
}

async function ready(t, source, options) {
  const app = startApp(t, source, options);
  await app.said('ready');
  return app;
}

/** Checks that the command succeeded, and returns what it printed as JSON. */
function assertDumped({ status, stdout, stderr }) {
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout);
  const { snapshot } = JSON.parse(fs.readFileSync(result.path, 'utf8'));
  assert.ok(snapshot.node_count > 1000);
  return result;
}

/** Checks also that the process wrote the file itself: forked, or inline if the child failed on a busy machine. */
function assertDumpedByAgent(result) {
  assert.doesNotMatch(result.stderr, /addon cannot be loaded/);
  return assertDumped(result);
}

function assertRefused({ status, stdout, stderr }, exit, message) {
  assert.match(stderr, message);
  assert.equal(status, exit, stderr);
  assert.equal(stdout, '');
}

const dump = (app, ...args) => run('dump', app.pid, '--attach', '--json', ...args);

describe('a process that has not loaded the package', { skip }, () => {
  test('is dumped, and nothing stays there', async (t) => {
    const app = await ready(t);
    const before = await traces(app);
    const { path: file, pauseMs } = assertDumpedByAgent(await dump(app));
    assert.equal(path.dirname(file), app.folder);
    assert.ok(pauseMs > 0);
    assert.deepEqual(await traces(app), before);
    assertDumped(await dump(app, '--redact=strings', '--sources'));
    assert.deepEqual(await traces(app), before);
    assert.deepEqual(leftovers(), []);
  });

  test('needs consent, before anything is opened', async (t) => {
    const app = await ready(t);
    const before = await traces(app);
    assertRefused(await run('dump', app.pid), 3, /--attach: it sends SIGUSR1.* 127\.0\.0\.1.*\(ERR_HEAPDUMP_NOT_ATTACHED\)/s);
    assert.deepEqual(await traces(app), before);
    assert.equal(app.stderr, '');
  });

  test('may be an ES module', async (t) => {
    const folder = temporary(t);
    fs.writeFileSync(
      path.join(folder, 'main.mjs'),
      "import fs from 'node:fs'; fs.writeSync(3, JSON.stringify({ is: 'ready' }) + '\\n'); setInterval(() => {}, 1000);",
    );
    const app = await ready(t, `import(${JSON.stringify(path.join(folder, 'main.mjs'))})`, { folder });
    assertDumped(await dump(app));
  });

  test('may be started through a loader of TypeScript', async (t) => {
    const folder = temporary(t);
    fs.writeFileSync(
      path.join(folder, 'hook.js'),
      "require.extensions['.ts'] = (module, file) => module._compile(require('fs').readFileSync(file, 'utf8').replace(/: string/g, ''), file);",
    );
    fs.writeFileSync(
      path.join(folder, 'main.ts'),
      'export default (name: string) => name;'.replace('export default', 'module.exports ='),
    );
    const app = await ready(t, `require('./hook.js'); require('./main.ts'); ${WATCHED}`, { folder });
    assertDumped(await dump(app));
  });

  test('may have worker threads', async (t) => {
    const workers = `
      const { Worker } = require('node:worker_threads');
      let online = 0;
      for (let i = 0; i < 50; i++) {
        new Worker('setInterval(() => {}, 1000)', { eval: true }).on('online', () => { if (++online === 50) { ${WATCHED} } });
      }`;
    const app = await ready(t, workers);
    const before = seenFromOutside(app.pid);
    assertDumped(await dump(app));
    assert.deepEqual(seenFromOutside(app.pid), before);
  });

  test('may be a worker of a cluster', async (t) => {
    const source = `
      const cluster = require('node:cluster');
      if (cluster.isPrimary) {
        cluster.setupPrimary({ execArgv: ['${ANY_PORT}'], inspectPort: 0 });
        cluster.fork().on('message', (pid) => say('worker', pid));
        say('ready');
      } else {
        require('node:http').createServer(() => {}).listen(0, () => process.send(process.pid));
      }`;
    const app = await ready(t, source);
    const worker = await app.said('worker');
    const { pid } = assertDumped(await dump({ pid: worker }));
    assert.equal(pid, worker);
    assert.deepEqual(seenFromOutside(worker).threads, []);
  });

  test('is found below a shell', async (t) => {
    const app = await ready(t, undefined, { prefix: ['sh', '-c', '"$0" "$@"; exit 0'] });
    const result = await dump(app);
    assert.match(result.stderr, /started process/);
    assert.notEqual(assertDumped(result).pid, app.pid);
  });
});

describe('an inspector that is open already', { skip }, () => {
  test('is used and stays open', async (t) => {
    const app = await ready(t, WATCHED, { execArgv: ['--inspect=127.0.0.1:0'] });
    const before = seenFromOutside(app.pid);
    assert.equal(before.listening.length, 1);
    assertDumped(await dump(app));
    assert.deepEqual(seenFromOutside(app.pid), before);
  });

  test('is used and stays open if the program opened it', async (t) => {
    const app = await ready(t, `require('node:inspector').open(0, '127.0.0.1'); ${WATCHED}`);
    const before = seenFromOutside(app.pid);
    assertDumped(await dump(app));
    assert.deepEqual(seenFromOutside(app.pid), before);
  });

  test('whose port belongs to another program is an error that names the program', async (t) => {
    const other = net.createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address();
    const app = await ready(t, WATCHED, { execArgv: [`--inspect-port=${port}`] });
    assertRefused(await dump(app), 3, new RegExp(`on 127\\.0\\.0\\.1:${port}, and process ${process.pid} .*nothing was sent`));
    assert.equal(app.stderr, '');
  });
});

describe('a process that is stuck', { skip }, () => {
  for (const [name, source] of [
    ['in a loop', "say('ready'); while (true) {}"],
    ['in Atomics.wait', "say('ready'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"],
  ]) {
    test(`${name} is dumped inline`, async (t) => {
      const app = await ready(t, source);
      const before = seenFromOutside(app.pid);
      const result = await dump(app);
      assert.match(result.stderr, /is stuck/);
      assert.equal(assertDumped(result).method, 'interrupt');
      assert.deepEqual(seenFromOutside(app.pid), before);
      assert.deepEqual(leftovers(), []);
    });
  }

  test('in native code cannot be dumped, and closes its inspector when it continues', async (t) => {
    // Blocks until the file exists: a fixed duration would depend on the machine.
    const source = `
      const { execFileSync } = require('node:child_process');
      say('ready');
      execFileSync('sh', ['-c', 'until [ -e go ]; do sleep 0.05; done']);
      setInterval(() => {}, 1000);
      say('free');`;
    const app = await ready(t, source);
    assertRefused(await dump(app), 3, /inside a long call of native code.*\(ERR_HEAPDUMP_ATTACH\)/);
    fs.writeFileSync(path.join(app.folder, 'go'), '');
    await app.said('free');
    await app.complains(/Debugger attached/);
    await until(() => seenFromOutside(app.pid).listening.length === 0);
  });
});

describe('a process that cannot load the addon', { skip }, () => {
  test('sends the snapshot of V8, which is redacted like any other', async (t) => {
    const app = await ready(t, `globalThis.secret = 'swordfish' + process.pid; ${WATCHED}`, { execArgv: ['--no-addons'] });
    const before = await traces(app);
    const plain = await dump(app);
    assert.match(plain.stderr, /addon cannot be loaded.*stops JavaScript/);
    const { path: file, method } = assertDumped(plain);
    assert.equal(method, 'inline');
    assert.match(fs.readFileSync(file, 'utf8'), /swordfish/);
    const redacted = assertDumped(await dump(app, '--redact=strings'));
    assert.doesNotMatch(fs.readFileSync(redacted.path, 'utf8'), /swordfish\d/);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await traces(app), before);
  });

  test('sends it also if it is stuck', async (t) => {
    const app = await ready(t, "say('ready'); while (true) {}", { execArgv: ['--no-addons'] });
    assertDumped(await dump(app));
    assert.deepEqual(seenFromOutside(app.pid).listening, []);
  });
});

describe('a snapshot of a process that has not loaded the package is sent', { skip }, () => {
  test('to the standard output, also by a process that cannot load the addon', async (t) => {
    const app = await ready(t);
    const before = await traces(app);
    const { status, stdout, stderr } = await run('dump', app.pid, '--attach', '--to', '-');
    assert.equal(status, 0, stderr);
    checkBytes(stdout);
    assert.deepEqual(await traces(app), before);
    const other = await ready(t, WATCHED, { execArgv: ['--no-addons'] });
    checkBytes((await run('dump', other.pid, '--attach', '--to', '-')).stdout);
    assert.deepEqual([leftovers(), snapshots(app.folder), snapshots(other.folder)], [[], [], []]);
  });

  test('to an address; the file stays if the server refuses it', async (t) => {
    const app = await ready(t);
    const directory = temporary(t);
    const { requests, origin } = await receiver(t, (request, response, number) => {
      if (number > 0) return response.writeHead(403).end();
      return requests[number].body.then(() => response.end());
    });
    const args = ['dump', app.pid, '--attach', '--json', '--to', `${origin}/a.heapsnapshot.gz?secret=1`];
    const sent = await run(...args);
    assert.equal(sent.status, 0, sent.stderr);
    assert.equal(JSON.parse(sent.stdout).sha256, requests[0].sha256);
    checkBytes(zlib.gunzipSync(requests[0].content));
    assert.deepEqual(leftovers(), []);
    const refused = await run(...args, { env: { ...process.env, TMPDIR: directory } });
    assertRefused(refused, 4, /the server answered 403 .*the snapshot is in .*\(ERR_HEAPDUMP_UPLOAD\)/);
    const [name] = snapshots(directory);
    checkBytes(zlib.gunzipSync(fs.readFileSync(path.join(directory, name))));
    assert.ok(refused.stderr.includes(name) && !refused.stderr.includes('secret'), refused.stderr);
  });
});

/** Resolves when the process has begun to write a dump. */
const hasBegun = (app) => seen(app.folder, () => partials(app.folder).length > 0);

describe('an attachment that fails leaves nothing', { skip }, () => {
  test('because the command is interrupted', async (t) => {
    const app = await ready(t, `globalThis.big = Array.from({ length: 300000 }, (_, i) => ({ i, text: 'x' + i })); ${WATCHED}`);
    const before = await traces(app);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL']) {
      const { child, ended } = startCommand(['dump', app.pid, '--attach', '--json']);
      await hasBegun(app);
      child.kill(signal);
      const { status } = await ended;
      assert.equal(status, { SIGINT: 130, SIGTERM: 143, SIGKILL: 'SIGKILL' }[signal]);
      await seen(app.folder, () => partials(app.folder).length === 0);
      // The process notices the end of the command a little later.
      if (signal === 'SIGKILL') await until(async () => isDeepStrictEqual(await traces(app), before) && leftovers().length === 0);
      assert.deepEqual(await traces(app), before);
    }
    assert.deepEqual(snapshots(app.folder), []);
  });

  // Regression: the write to the socket failed, and the readline interface of the agent passed the error on as one that ended the
  // process.
  test('because the command is killed while it does not read', async (t) => {
    const app = await ready(t, `globalThis.big = Array.from({ length: 100000 }, (_, i) => ({ i, text: 'x' + i })); ${WATCHED}`);
    const before = await traces(app);
    const { child, ended } = startCommand(['dump', app.pid, '--attach']);
    await hasBegun(app);
    child.kill('SIGSTOP');
    await seen(app.folder, () => snapshots(app.folder).length > 0);
    child.kill('SIGKILL');
    await ended;
    await until(async () => isDeepStrictEqual(await traces(app), before));
  });

  test('because the process ends', async (t) => {
    const app = await ready(t, `globalThis.big = Array.from({ length: 300000 }, (_, i) => ({ i, text: 'x' + i })); ${WATCHED}`);
    const { ended } = startCommand(['dump', app.pid, '--attach']);
    await hasBegun(app);
    app.kill('SIGKILL');
    assertRefused(await ended, 4, /ended before the dump was complete/);
  });

  test('because there is no room for the file', async (t) => {
    const app = await ready(t, undefined, { prefix: ['sh', '-c', 'ulimit -f 100; exec "$0" "$@"'] });
    const before = await traces(app);
    assertRefused(await dump(app), 4, /could not be dumped: .*file.*\(ERR_HEAPDUMP_HEADROOM\)/);
    assert.deepEqual(await traces(app), before);
    assert.deepEqual(
      fs.readdirSync(app.folder).filter((name) => /partial|snapshot/.test(name)),
      [],
    );
  });
});

test('the copy of the package has all that its capture modules load or start', { skip }, (t) => {
  const workspace = makeWorkspace(process.pid);
  t.after(workspace.remove);
  const copied = fs.readdirSync(path.join(workspace.copyPackage(process.pid), 'lib/capture'));
  for (const name of ['agent.js', 'fork.js', 'fork-probe.js']) assert.ok(copied.includes(name), name);
});

describe('a process in other namespaces', { skip }, () => {
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--mount-proc'];
  const mayNot = skip || (!succeeds(...unshare, 'true') && 'may not make namespaces');
  const isHidden = process.execPath.startsWith(`${ROOT}/`) && 'this Node is in the checkout, which is not visible there';
  /** Hides this checkout, as in a container. */
  const hidden = (setup) => [...unshare, ...setup, 'sh', '-c', `mount -t tmpfs tmpfs "${ROOT}" && exec "$0" "$@"`];

  test('is dumped with a copy of the package, which is removed', { skip: mayNot || isHidden }, async (t) => {
    const app = await ready(t, undefined, { prefix: hidden([]) });
    const result = await dump(app, '--copy-addon');
    const { path: file, pid } = assertDumpedByAgent(result);
    assert.equal(path.dirname(file), path.join(`/proc/${pid}/root`, app.folder));
    assert.deepEqual(leftovers(), []);
  });

  test('is dumped by V8 without a copy', { skip: mayNot || isHidden }, async (t) => {
    const app = await ready(t, undefined, { prefix: hidden([]) });
    const result = await dump(app);
    assert.match(result.stderr, /addon cannot be loaded in .*--copy-addon/);
    assertDumped(result);
  });

  const network = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];
  const mayNotEnter = mayNot || (!succeeds(...network, 'true') && 'may not make a network') || missing('nsenter');
  test('with a network of its own is reached by a relay', { skip: mayNotEnter }, async (t) => {
    const app = await ready(t, undefined, { prefix: network });
    assertDumpedByAgent(await dump(app));
    const stuck = await ready(t, "say('ready'); while (true) {}", { prefix: network });
    assertDumped(await dump(stuck));
    assert.deepEqual(seenFromOutside(stuck.pid).listening, []);
  });
});

test('a process of another user is refused', { skip: skip || (!isRoot && 'needs root') }, async (t) => {
  const nobody = { uid: 65534, gid: 65534, cwd: '/' };
  if (spawnSync(process.execPath, ['--version'], nobody).status !== 0) return t.skip('another user cannot run this Node');
  const app = await ready(t);
  assertRefused(await run('dump', app.pid, '--attach', nobody), 3, /belongs to another user/);
  assert.equal(app.stderr, '');
});

test('the connection to a process that ends without reading is closed without an error', { skip }, async (t) => {
  const file = path.join(temporary(t), 'socket');
  const channel = await Channel.listen(file);
  const agent = net.connect(file);
  agent.on('error', () => {});
  agent.write('{"hello":"1.0.0"}\n');
  await channel.connected();
  const sampling = assert.rejects(channel.startProfile({}), { code: 'ERR_HEAPDUMP_ATTACH' });
  const closed = channel.close();
  // The kernel resets a connection whose end has unread bytes.
  agent.destroy();
  await Promise.all([sampling, closed]);
});
