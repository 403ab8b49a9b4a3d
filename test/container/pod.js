'use strict';
// A pod-like environment from Linux namespaces: a root directory that is read-only and holds Node, its libraries and this package;
// Node is process 1; there is no shell and no writable directory. It has a network and a process namespace of its own.

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { once } = require('node:events');
const { missing } = require('../support/tools.js');

const ROOT = path.resolve(__dirname, '../..');

/** Where the package is in the pod. */
const PACKAGE = '/app/node_modules/heapdump-rs';

const MAIN = `${PACKAGE}/bin/heapdump-rs.js`;

/** The files of the checkout that the pod has. */
const OF_PACKAGE = ['bin', 'lib', 'crates/findings/messages', 'index.js', 'index.mjs', 'register.js', 'package.json'];

const NAMESPACES = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child'];

const isRoot = process.getuid?.() === 0;
const unshareArguments = isRoot ? NAMESPACES : ['--user', '--map-root-user', ...NAMESPACES];

/** Returns the reason why no pod can be made here; `undefined` if one can. */
function obstacle() {
  if (process.platform !== 'linux') return 'there are no namespaces on this system';
  const { status, error, stderr } = spawnSync('unshare', [...unshareArguments, 'mount', '-t', 'tmpfs', 'none', '/mnt'], {
    encoding: 'utf8',
  });
  if (error) return `there is no unshare: ${error.message}`;
  if (status !== 0) return `namespaces cannot be made here: ${stderr.trim()}`;
  return missing('nsenter') || missing('ip', '-V') || undefined;
}

/** The files that Node needs: itself, its loader and libraries. */
function filesOfNode(node) {
  const { stdout } = spawnSync('ldd', [node], { encoding: 'utf8' });
  const libraries = [...stdout.matchAll(/(\/[^\s()]+) \(0x/g)].map(([, file]) => file);
  return [...libraries.map((file) => [file, file]), [fs.realpathSync(node), '/bin/node']];
}

/** Returns the shell commands that make the read-only root directory and then become process 1. */
function setup(root, files, volumes, args) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = ['set -e', 'mount --make-rprivate /', `mount -t tmpfs -o mode=755 none ${quoted(root)}`];
  for (const [from, to] of files) {
    const at = quoted(path.join(root, to));
    lines.push(`mkdir -p "$(dirname ${at})"`, fs.statSync(from).isDirectory() ? `mkdir -p ${at}` : `: > ${at}`);
    lines.push(`mount --bind ${quoted(from)} ${at}`, `mount -o remount,bind,ro ${at} 2>/dev/null || true`);
  }
  for (const volume of volumes) {
    const at = quoted(path.join(root, volume));
    lines.push(`mkdir -p ${at}`, `mount -t tmpfs none ${at}`);
  }
  lines.push(`mkdir ${quoted(`${root}/proc`)}`, `mount -t proc none ${quoted(`${root}/proc`)}`);
  lines.push(`mount -o remount,ro ${quoted(root)}`);
  lines.push(`exec chroot ${quoted(root)} ${args.map(quoted).join(' ')}`);
  return lines.join('\n');
}

class Pod {
  #child;
  #lines = [];
  #waiting = [];
  stderr = '';
  /** The pid of process 1 in the namespace of this process. */
  pid;

  /**
   * Starts a program as process 1.
   *
   * @param {string} directory of this machine, for the place where the root is mounted
   * @param {string} program a file of this machine
   * @param {{node?: string, volumes?: string[], env?: object}} [options] `volumes`: writable directories, like
   *   `emptyDir`
   */
  static async start(directory, program, { node = process.execPath, volumes = [], env = {} } = {}) {
    const root = path.join(directory, 'root');
    fs.mkdirSync(root);
    const addon = fs.readdirSync(ROOT).filter((name) => name.endsWith('.node'));
    const files = [
      ...filesOfNode(node),
      ...['null', 'urandom'].map((name) => [`/dev/${name}`, `/dev/${name}`]),
      ...[...OF_PACKAGE, ...addon].map((name) => [path.join(ROOT, name), `${PACKAGE}/${name}`]),
      [program, '/app/main.js'],
    ];
    const script = setup(root, files, volumes, ['/bin/node', '-r', `${PACKAGE}/register.js`, '/app/main.js']);
    const pod = new Pod();
    await pod.#run(script, env);
    return pod;
  }

  async #run(script, env) {
    this.#child = spawn('unshare', [...unshareArguments, 'sh', '-c', script], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    readline.createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#waiting.shift()?.();
    });
    this.#child.on('close', () => {
      for (const wake of this.#waiting) wake();
    });
    await this.line();
    // unshare is outside, its child is process 1.
    const children = fs.readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8');
    this.pid = Number(children.trim().split(' ')[0]);
    this.outside(['ip', 'link', 'set', 'lo', 'up']);
  }

  /** The next line that the program prints. */
  async line() {
    if (this.#lines.length === 0) {
      await new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    if (this.#lines.length === 0) throw new Error(`the pod has ended:\n${this.stderr}`);
    return this.#lines.shift();
  }

  /** Sends the program a line. */
  tell(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  #entered(namespaces, command) {
    const user = isRoot ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', ['--target', String(this.pid), ...user, ...namespaces, '--', ...command]];
  }

  /** Runs Node in the pod, as `kubectl exec` does, with its standard output in a file of this machine. */
  async exec(args, stdout) {
    const [program, words] = this.#entered(['--mount', '--pid', '--net', '--root', '--wd'], ['/bin/node', ...args]);
    const descriptor = stdout === undefined ? 'pipe' : fs.openSync(stdout, 'w', 0o600);
    const child = spawn(program, words, { env: {}, stdio: ['ignore', descriptor, 'pipe'] });
    if (stdout !== undefined) fs.closeSync(descriptor);
    let [output, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, output, stderr };
  }

  /** Starts a command of this machine in the network of the pod. */
  spawnOutside(command, options) {
    const [program, words] = this.#entered(['--net'], command);
    return spawn(program, words, options);
  }

  /** Runs a command of this machine in the network of the pod. */
  outside(command) {
    const [program, words] = this.#entered(['--net'], command);
    return spawnSync(program, words, { encoding: 'utf8' });
  }

  async stop() {
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

module.exports = { MAIN, Pod, obstacle };
