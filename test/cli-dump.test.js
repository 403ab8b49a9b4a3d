'use strict';
// `heapdump-rs dump`: dumps processes of all kinds from outside.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { describe, test } = require('node:test');
const { fromPs, splitCommand } = require('../lib/cli/target/processes.js');
const { cleanEnvironment } = require('./support/app.js');
const { cleanup } = require('./support/cleanup.js');
const { PROGRAM, run, runSync } = require('./support/command.js');
const { until } = require('./support/temporary.js');
const { missing, succeeds } = require('./support/tools.js');

const ROOT = path.resolve(__dirname, '..');
const REQUIRE = `require(${JSON.stringify(ROOT)})`;
/** Makes the fork self-test fail at once, so that dumps are inline: the self-test takes more time than the dump. */
const INLINE = "process.execPath = '/bin/false';";
/** Reports that it is running, and answers every line, so that a test can check that it is alive. */
const APP = `
  ${INLINE}
  process.stdin.setEncoding('utf8').on('data', (line) => console.log('echo', line.trim()));
  console.log('ready', process.pid);
`;
/** A name that no other process has, also not one of another run of these tests. */
const NAME = `unlikely-${process.pid}`;
const isLinux = process.platform === 'linux';
const skip = isLinux ? false : 'needs /proc';
const isRoot = process.getuid?.() === 0;

/** A directory path without symbolic links, as the kernel reports it. */
function temporary(t) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-dump-')));
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a program and waits until it is running. */
async function start(t, { code = REQUIRE + APP, name = 'app.js', env, command, folder = temporary(t), options } = {}) {
  const script = path.join(folder, name);
  fs.writeFileSync(script, code);
  const [program, ...args] = command?.(script) ?? [process.execPath, script];
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const lines = [];
  const output = readline.createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`ended with ${code ?? signal}: ${errors}`);
  });
  ended.catch(() => {}); // reported to those who wait for a line
  /** Resolves with the rest of the next line that starts so. */
  const nextLine = async (start) => {
    for (;;) {
      while (lines.length === 0) await Promise.race([once(output, 'line'), ended]);
      const line = lines.shift();
      if (line.startsWith(start)) return line.slice(start.length).trim();
    }
  };
  const running = { child, folder, script, pid: child.pid, nextLine, stderr: () => errors };
  // Before its directory is removed, in which it may be writing the sidecar.
  cleanup(t, async () => {
    kill(running.pid);
    if (child.exitCode !== null || child.signalCode !== null) return;
    kill(child.pid);
    await once(child, 'exit');
  });
  // Not the spawned pid, which can be that of a shell or npm.
  running.inside = Number(await nextLine('ready'));
  if (!command) running.pid = running.inside;
  return running;
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // has ended
  }
}

async function assertLives({ child, nextLine }, word = 'hello') {
  const answer = nextLine('echo');
  child.stdin.write(`${word}\n`);
  assert.equal(await answer, word);
}

/** Runs `dump ARGS`; the last argument may be options of `spawn()`. */
function dump(...args) {
  const options = typeof args.at(-1) === 'object' ? args.pop() : {};
  if (args.length > 0 && !args.some((arg) => /--timeout/.test(arg))) args.push('--timeout=60');
  return run('dump', ...args, options);
}

function assertDumped({ status, stdout, stderr }, folder) {
  assert.equal(status, 0, stderr);
  const file = stdout.trim();
  assert.equal(path.dirname(file), folder);
  assert.match(path.basename(file), /^heapdump-\d+\.\d+\.heapsnapshot$/);
  const { snapshot } = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.ok(snapshot.node_count > 1000);
  return file;
}

function assertRefused({ status, stdout, stderr }, exit, message) {
  assert.equal(stdout, '');
  assert.match(stderr, message);
  assert.equal(status, exit, stderr);
}

describe('a process that listens', { skip }, () => {
  test('is dumped by its pid, again and again', async (t) => {
    const app = await start(t, { code: `${REQUIRE};${APP.replace(INLINE, '')}` });
    const first = assertDumped(await dump(app.pid), app.folder);
    const second = assertDumped(await dump(app.pid), app.folder);
    assert.notEqual(first, second);
    await assertLives(app);
  });

  test('is described as JSON', async (t) => {
    const app = await start(t);
    const { status, stdout } = await dump(app.pid, '--json');
    assert.equal(status, 0);
    const { path: file, bytes, pid, signal, durationMs, command, ...rest } = JSON.parse(stdout);
    assert.deepEqual(rest, {});
    assert.equal(bytes, fs.statSync(file).size);
    assert.equal(pid, app.pid);
    assert.equal(signal, 'SIGUSR2');
    assert.ok(command.includes('app.js'));
    assert.ok(durationMs > 0);
  });

  test('is found by its script, its path, its title or its launcher', async (t) => {
    const app = await start(t, {
      name: `${NAME}-1.js`,
      command: (script) => [process.execPath, '--stack-trace-limit=20', '-r', 'node:fs', script],
    });
    assertDumped(await dump(`${NAME}-1.js`), app.folder);
    assertDumped(await dump(`${NAME}-1`), app.folder);
    assertDumped(await dump(app.script), app.folder);
    const titled = await start(t, { code: `process.title = '${NAME} title';${REQUIRE}${APP}` });
    assertDumped(await dump(`${NAME} title`), titled.folder);
    // The names that pm2 uses.
    const managed = await start(t, { code: `process.title = 'node /srv/${NAME}-2.js';${REQUIRE}${APP}` });
    assertDumped(await dump(`${NAME}-2`), managed.folder);
    assertDumped(await dump(`/srv/${NAME}-2.js`), managed.folder);
  });

  test('is found below a shell', async (t) => {
    const app = await start(t, { command: (script) => ['sh', '-c', `"${process.execPath}" "${script}"; exit 0`] });
    t.after(() => kill(app.inside));
    assert.notEqual(app.inside, app.child.pid);
    const result = await dump(app.child.pid);
    assertDumped(result, app.folder);
    assert.match(result.stderr, new RegExp(`process ${app.child.pid} .* started process ${app.inside} .*app\\.js`));
  });

  test('is found below npm, and by the name of the npm script', { skip: missing('npm') }, async (t) => {
    const folder = temporary(t);
    const scripts = { [`${NAME}-script`]: `"${process.execPath}" app.js` };
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'wrapped', scripts }));
    // NODE_OPTIONS loads the package into npm, too, but npm is not the target.
    const env = { NODE_OPTIONS: `--require ${JSON.stringify(path.join(ROOT, 'register.js'))}` };
    const app = await start(t, { code: APP, folder, env, command: () => ['npm', 'run', `${NAME}-script`, '--silent'] });
    t.after(() => kill(app.inside));
    assertDumped(await dump(app.child.pid), folder);
    assertDumped(await dump(`${NAME}-script`), folder);
  });

  // Regression: the self-test process inherits the environment, which contains the name of the npm script. The name matched both.
  test('is found while the fork self-test runs in a helper process', async (t) => {
    const app = await start(t, {
      code: `
      ${REQUIRE};
      const { spawn } = require('node:child_process');
      const waiting = ${JSON.stringify(`${REQUIRE}; console.log(); process.stdin.on('end', () => process.exit()).resume();`)};
      const helper = spawn(process.execPath, ['-e', waiting], { argv0: 'heapdump-test', stdio: ['pipe', 'pipe', 'inherit'] });
      helper.stdout.once('data', () => { ${APP} });
    `,
      env: { npm_lifecycle_event: `${NAME}-trial` },
    });
    assertDumped(await dump(`${NAME}-trial`), app.folder);
  });

  test('is recognized when a bundler renamed the addon', async (t) => {
    const folder = temporary(t);
    require('../lib/binding.js');
    const addon = Object.keys(require.cache).find((name) => name.endsWith('.node'));
    const copy = (from, to) => fs.cpSync(path.join(ROOT, from), path.join(folder, to), { recursive: true });
    for (const name of ['index.js', 'lib', 'package.json']) copy(name, name);
    fs.copyFileSync(addon, path.join(folder, '5f3c.node'));
    fs.writeFileSync(path.join(folder, 'lib/binding.js'), "module.exports = require('../5f3c.node');");
    const app = await start(t, { folder, code: `require('./index.js');${APP}` });
    assertDumped(await dump(app.pid), folder);
  });

  test('is dumped while it is stuck', async (t) => {
    const app = await start(t, { code: `${REQUIRE};setTimeout(() => { for (;;); }, 0);console.log('ready', process.pid);` });
    const result = await dump(app.pid);
    assertDumped(result, app.folder);
    // Regression: each check of the directory added a listener, and Node warned of a leak.
    assert.equal(result.stderr, '');
  });
});

describe('the file is found', { skip }, () => {
  test('in the directory that the environment names', async (t) => {
    for (const [name, env, args] of [
      ['one', { HEAPDUMP_DIR: 'one' }, []],
      ['two', { NODE_HEAPDUMP_OPTIONS: 'dir=two', HEAPDUMP_DIR: 'one' }, []],
      ['three', {}, ['--diagnostic-dir', 'three']],
      ['four', { NODE_OPTIONS: '--diagnostic-dir=four' }, []],
    ]) {
      // Flags of the program are not flags of Node.
      const app = await start(t, { env, command: (script) => [process.execPath, ...args, script, '--diagnostic-dir=five'] });
      assertDumped(await dump(app.pid), path.join(app.folder, name));
    }
  });

  test('in the directory that the program decided on, under any name', async (t) => {
    const elsewhere = temporary(t);
    const app = await start(t, {
      code: `${REQUIRE}.install(${JSON.stringify({ dir: elsewhere, name: 'mine-{pid}', sidecar: true })});${APP}`,
    });
    fs.writeFileSync(path.join(elsewhere, 'older.heapsnapshot'), 'not ours');
    const { status, stdout } = await dump(app.pid);
    assert.equal(status, 0);
    assert.equal(stdout, `${path.join(elsewhere, `mine-${app.pid}`)}\n`);
  });

  test('when another process dumps into the same directory', async (t) => {
    const folder = temporary(t);
    const apps = await Promise.all(
      [0, 1, 2].map(() =>
        start(t, {
          folder,
          code: `${REQUIRE}.install({ sidecar: true });${APP}`,
        }),
      ),
    );
    await Promise.all(
      apps.map(async ({ pid }) => {
        const { status, stdout } = await dump(pid);
        assert.equal(status, 0);
        assert.equal(JSON.parse(fs.readFileSync(`${stdout.trim()}.json`, 'utf8')).pid, pid);
      }),
    );
  });

  test('when a process of the same pid left a partial of the same name', async (t) => {
    const app = await start(t);
    const left = path.join(app.folder, `.heapdump-rs.${app.pid}.0.partial`);
    fs.writeFileSync(left, 'half a snapshot');
    assertDumped(await dump(app.pid), app.folder);
    assert.ok(!fs.existsSync(left));
  });

  test('in another mount and pid namespace', async (t) => {
    const unshare = ['--mount', '--pid', '--fork', '--mount-proc'];
    if (!succeeds('unshare', ...unshare, 'true')) return t.skip('may not make namespaces');
    const app = await start(t, {
      env: { HEAPDUMP_DIR: '/mnt/dumps' },
      command: (script) => [
        'unshare',
        ...unshare,
        'sh',
        '-c',
        `mount -t tmpfs tmpfs /mnt && exec "${process.execPath}" "${script}"`,
      ],
    });
    assert.equal(app.inside, 1);
    const result = await dump(app.child.pid);
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /^\/proc\/\d+\/root\/mnt\/dumps\/heapdump-.*\.heapsnapshot\n$/);
    assert.ok(JSON.parse(fs.readFileSync(result.stdout.trim(), 'utf8')).snapshot);
  });

  test('when the process waits for another signal', async (t) => {
    const app = await start(t, { env: { NODE_HEAPDUMP_OPTIONS: 'signal=SIGUSR1' } });
    assertDumped(await dump(app.pid), app.folder);
    const other = await start(t, { code: `${REQUIRE}.install({ signal: 'SIGHUP' });${APP}` });
    assertRefused(await dump(other.pid), 3, /does not wait for SIGUSR2 and would be ended by it, so nothing was sent/);
    assertDumped(await dump(other.pid, '--signal=hup'), other.folder);
    await assertLives(other);
  });
});

describe('nothing is sent to a process', { skip }, () => {
  test('that has not loaded the addon', async (t) => {
    const app = await start(t, { code: APP });
    for (const force of [[], ['--force']]) {
      assertRefused(await dump(app.pid, ...force), 3, /nothing was sent/);
      await assertLives(app);
    }
    assertRefused(await dump(app.pid), 3, /node -r heapdump-rs\/register/);
  });

  test('that loaded the addon and does not listen', async (t) => {
    const app = await start(t, { env: { NODE_HEAPDUMP_OPTIONS: 'nosignal' } });
    assertRefused(await dump(app.pid), 3, /does not wait for SIGUSR2 .*nosignal/);
    await assertLives(app);
  });

  test('that handles the signal itself, unless --force is given', async (t) => {
    const own = "process.on('SIGUSR2', () => console.log('echo got SIGUSR2'));";
    const bare = await start(t, { code: own + APP });
    assertRefused(await dump(bare.pid), 3, /has not loaded heapdump-rs.* handles SIGUSR2 itself; --force/);
    await assertLives(bare);
    const got = bare.nextLine('echo');
    assertRefused(await dump(bare.pid, '--force', '--timeout=0.5'), 4, /no dump of .* has begun/);
    assert.equal(await got, 'got SIGUSR2');

    const both = await start(t, { code: own + REQUIRE + APP, env: { NODE_HEAPDUMP_OPTIONS: 'nosignal' } });
    assertRefused(await dump(both.pid), 3, /handles SIGUSR2 by itself/);
    await assertLives(both);
  });

  test("for a signal that is Node's own", async (t) => {
    const app = await start(t);
    for (const signal of ['SIGTERM', 'SIGUSR1']) {
      assertRefused(await dump(app.pid, '--signal', signal), 3, /Node itself handles SIG|does not wait for/);
      await assertLives(app);
    }
  });

  test('that is not Node, has ended, or belongs to another user', async (t) => {
    const sleeper = spawn('sleep', ['1000']);
    t.after(() => sleeper.kill('SIGKILL'));
    assertRefused(await dump(sleeper.pid), 3, /is not Node, and no process below it/);
    const { pid } = spawnSync(process.execPath, ['--version']);
    assertRefused(await dump(pid), 3, new RegExp(`there is no process ${pid}`));
    assertRefused(await dump('no-such-script.js'), 3, /no Node process is called "no-such-script\.js"/);
    if (!isRoot) return;
    const nobody = { uid: 65534, gid: 65534, cwd: '/' };
    if (runSync('--version', nobody).status !== 0) return;
    const app = await start(t);
    assertRefused(await dump(app.pid, nobody), 3, /belongs to another user/);
    await assertLives(app);
  });

  test('when the name matches several', async (t) => {
    const apps = [await start(t, { name: `${NAME}-twin.js` }), await start(t, { name: `${NAME}-twin.js` })];
    const result = await dump(`${NAME}-twin`);
    assertRefused(result, 2, /can mean any of these/);
    for (const { pid, folder } of apps) {
      assert.match(result.stderr, new RegExp(`^ +${pid}  .*${NAME}-twin\\.js`, 'm'));
      assert.ok(fs.readdirSync(folder).every((name) => !name.includes('heapsnapshot')));
    }
  });

  test('when the command line is wrong', async () => {
    assertRefused(await dump(), 2, /usage: heapdump-rs dump/);
    assertRefused(await dump('1', '--timeout=soon'), 2, /--timeout/);
    assertRefused(await dump('1', '--signal=SIGNOTHING'), 2, /there is no signal/);
  });
});

describe('a dump that fails', { skip }, () => {
  test('because it cannot be written exits with 4 and leaves no file', async (t) => {
    const app = await start(t, { command: (script) => ['sh', '-c', `ulimit -f 100; exec "${process.execPath}" "${script}"`] });
    assertRefused(await dump(app.pid), 4, /the dump of .* failed/);
    assert.match(app.stderr(), /dump failed: .*limit of file size/);
    assert.deepEqual(fs.readdirSync(app.folder), ['app.js']);
    await assertLives(app);
  });

  test('because it does not begin exits at the timeout', async (t) => {
    const app = await start(t, { env: { HEAPDUMP_DIR: '/dev/null' } });
    assertRefused(await dump(app.pid, '--timeout=0.5'), 4, /no dump of .* has begun in \/dev\/null within 0\.5 s/);
    await assertLives(app);
  });

  test('because the process ended exits with 4', async (t) => {
    const app = await start(t);
    app.child.kill('SIGSTOP');
    const result = dump(app.pid);
    const mask = () => /^ShdPnd:\s*([0-9a-f]+)/m.exec(fs.readFileSync(`/proc/${app.pid}/status`, 'utf8'))[1];
    const isPending = () => BigInt(`0x${mask()}`) & (1n << BigInt(os.constants.signals.SIGUSR2 - 1));
    await until(isPending);
    app.child.kill('SIGKILL');
    assertRefused(await result, 4, /ended before the dump was complete/);
  });
});

test('the arguments of Node are distinguished from those of the script', () => {
  const script = (...args) => splitCommand(['node', ...args]).script;
  assert.equal(script('app.js', '-r', 'x'), 'app.js');
  assert.equal(script('-r', 'x', '--max-old-space-size=64', '--import', 'y', 'app.js'), 'app.js');
  assert.equal(script('--', '-app.js'), '-app.js');
  assert.equal(script('-e', 'code'), undefined);
  assert.deepEqual(splitCommand(['node', '-r', 'x', 'app.js', '-y']).execArgv, ['-r', 'x']);
});

test('without /proc, as on macOS, it takes --force and --dir', { skip }, async (t) => {
  const hidden = (command) => ['unshare', ['--mount', 'sh', '-c', `mount -t tmpfs tmpfs /proc && ${command}`]];
  if (!succeeds(...hidden('true').flat())) return t.skip('may not make namespaces');
  const app = await start(t);
  const bin = temporary(t);
  // There is no ps either without /proc.
  const line = `${app.pid} 1 Sun Nov 22 12:00:00 2026 node app.js`;
  fs.writeFileSync(path.join(bin, 'ps'), `#!/bin/sh\necho "${line}"\n`, { mode: 0o755 });
  const dumpHidden = (...args) => {
    return spawnSync(...hidden(`exec "${process.execPath}" "${PROGRAM}" dump ${args.join(' ')}`), {
      encoding: 'utf8',
      env: { ...cleanEnvironment(), PATH: `${bin}:${process.env.PATH}` },
    });
  };
  assertRefused(dumpHidden(app.pid), 3, /waits for SIGUSR2 cannot be seen on this system.*--force/);
  assertRefused(dumpHidden(app.pid, '--force'), 2, /say --dir DIR/);
  assertDumped(dumpHidden('app.js', '--force', `--dir="${app.folder}"`), app.folder);
});

test('processes are read from ps where there is no /proc', { skip: spawnSync('ps', ['-p', '1']).error && 'there is no ps' }, () => {
  const text = spawnSync('ps', ['-axww', '-o', 'pid=,ppid=,lstart=,command='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  }).stdout;
  const here = fromPs(text).find(({ pid }) => pid === process.pid);
  assert.equal(here.parent, process.ppid);
  assert.ok(here.args.length >= 2);
  assert.ok(here.started.length > 0);
});
