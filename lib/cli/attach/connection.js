'use strict';
// Connects to a TCP port on the loopback address of a process, which may be in another network namespace.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { Duplex } = require('node:stream');
const { attempt } = require('../target/processes.js');
const { attachFailure, named } = require('../target/refusal.js');

const CONNECT_TIMEOUT_MS = 5000;

/** The program of the relay, which runs in the other namespace: connects, and copies between the socket and its standard streams. */
const RELAY = `
  const socket = require('node:net').connect(Number(process.argv[2]), process.argv[1]);
  socket.on('error', () => process.exit(1)).on('close', () => process.exit());
  process.stdin.pipe(socket).pipe(process.stdout);
`;

const namespaceOf = (pid) => attempt(() => fs.readlinkSync(`/proc/${pid}/ns/net`));

/** Returns whether the process is in the network namespace of this one. */
function sharesNetwork(pid) {
  return namespaceOf(pid) === namespaceOf('self');
}

function connectHere({ host, port }) {
  const socket = net.connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
  socket.once('timeout', () => socket.destroy(new Error(`${host}:${port} does not answer`)));
  socket.once('connect', () => socket.setTimeout(0));
  return once(socket, 'connect').then(() => socket);
}

/** Starts a relay in the network namespace of the process. */
async function connectThere(target, { host, port }) {
  const command = ['-t', String(target.pid), '-n', process.execPath, '-e', RELAY, host, String(port)];
  const relay = spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await once(relay, 'spawn');
  } catch (cause) {
    throw attachFailure(networkAdvice(target, `nsenter cannot be run: ${cause.message}`));
  }
  const stream = Duplex.from({ readable: relay.stdout, writable: relay.stdin });
  stream.once('close', () => relay.kill());
  relay.once('exit', () => stream.destroy());
  return stream;
}

function networkAdvice(target, reason) {
  return (
    `${named(target)} is in another network namespace, where this command cannot reach its inspector (${reason}). ` +
    'Run this command as root, or inside the container: by `kubectl debug --target`, `docker exec`, or `nsenter -t PID -n`'
  );
}

/**
 * Connects to an address of the process.
 * @param {import('../target/processes.js').Process} target
 * @param {{host: string, port: number}} address
 * @returns {Promise<Duplex>}
 */
function connect(target, address) {
  return sharesNetwork(target.pid) ? connectHere(address) : connectThere(target, address);
}

/** Throws if this user cannot connect to the process. Must be called before the inspector is opened. */
function checkNetwork(target) {
  if (sharesNetwork(target.pid) || process.geteuid() === 0) return;
  throw attachFailure(networkAdvice(target, 'only root may enter it'));
}

module.exports = { checkNetwork, connect };
