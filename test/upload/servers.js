'use strict';
// S3 servers for the tests: moto from PyPI and s3rver from npm, and boto3, which makes the presigned addresses. Installed once,
// into .cache/upload.

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');

const CACHE = path.resolve(__dirname, '../../.cache/upload');
const PYTHON = path.join(CACHE, 'venv/bin/python');
const PACKAGES = ['moto[s3,server]==5.2.5', 'boto3==1.44.8'];
const S3RVER = 's3rver@3.7.1';

function run(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout.trim();
}

/** Installs the servers and boto3 unless they are installed. */
function install() {
  fs.mkdirSync(CACHE, { recursive: true });
  if (!fs.existsSync(path.join(CACHE, 'venv/installed'))) {
    run('python3', ['-m', 'venv', path.join(CACHE, 'venv')]);
    run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
    fs.writeFileSync(path.join(CACHE, 'venv/installed'), '');
  }
  if (!fs.existsSync(path.join(CACHE, 'node_modules/s3rver'))) {
    fs.writeFileSync(path.join(CACHE, 'package.json'), '{"private":true}');
    run('npm', ['install', '--no-audit', '--no-fund', '--silent', S3RVER], { cwd: CACHE });
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Resolves when something listens on `port`. */
async function listening(port, child) {
  while (child.exitCode === null) {
    const socket = net.connect(port, '127.0.0.1');
    const is = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (is) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error('the server has ended');
}

/** The command line, the key and the secret of each server. */
const SERVERS = {
  moto: {
    command: (port) => [PYTHON, '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    credentials: ['key', 'secret'],
  },
  s3rver: {
    command: (port, directory) => [
      process.execPath,
      path.join(CACHE, 'node_modules/s3rver/bin/s3rver.js'),
      ...['--address', '127.0.0.1', '--port', String(port), '--directory', directory, '--silent'],
    ],
    credentials: ['S3RVER', 'S3RVER'],
  },
};

/**
 * Starts a server with an empty bucket.
 *
 * @returns {Promise<{ask: (...words: string[]) => string, stop: () => void}>} `ask` runs s3.py
 */
async function start(name, directory) {
  const { command, credentials } = SERVERS[name];
  const port = await freePort();
  const [program, ...args] = command(port, directory);
  const child = spawn(program, args, { stdio: 'ignore' });
  await listening(port, child);
  const ask = (...words) => run(PYTHON, [path.join(__dirname, 's3.py'), `http://127.0.0.1:${port}`, ...credentials, ...words]);
  ask('bucket');
  return { ask, stop: () => child.kill('SIGKILL') };
}

module.exports = { SERVERS, install, start };
