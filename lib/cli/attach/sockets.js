'use strict';
// Lists the listening TCP sockets of a process, from /proc: those of its network namespace that the process has open.

const fs = require('node:fs');
const { attempt } = require('../target/processes.js');

/** State LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/**
 * @typedef {object} ListeningSocket
 * @property {string} host an address to connect to: the loopback address if the socket accepts connections to any address
 * @property {number} port
 * @property {boolean} isAny whether it accepts connections to any address
 * @property {string} inode
 */

/** Parses an address of /proc/net/tcp or tcp6: hexadecimal, in words of 32 bits, lowest byte first. */
function parseHost(hex) {
  const bytes = hex.match(/.{8}/g).flatMap((word) => word.match(/../g).reverse());
  if (bytes.length === 4) return bytes.map((byte) => parseInt(byte, 16)).join('.');
  const groups = [];
  for (let i = 0; i < bytes.length; i += 2) groups.push(parseInt(bytes[i] + bytes[i + 1], 16).toString(16));
  const text = groups.join(':');
  if (text === '0:0:0:0:0:0:0:1') return '::1';
  return text === '0:0:0:0:0:0:0:0' ? '::' : text;
}

/**
 * Parses the listening sockets in /proc/net/tcp or tcp6.
 * @param {string} text
 * @returns {ListeningSocket[]}
 */
function parseTable(text) {
  const sockets = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== LISTEN) continue;
    const [address, port] = fields[1].split(':');
    const host = parseHost(address);
    const isAny = host === '0.0.0.0' || host === '::';
    const loopback = host === '::' ? '::1' : '127.0.0.1';
    sockets.push({ host: isAny ? loopback : host, port: parseInt(port, 16), isAny, inode: fields[9] });
  }
  return sockets;
}

/** Returns the listening sockets in the network namespace of a process. */
function namespaceSockets(pid) {
  return ['tcp', 'tcp6'].flatMap((name) => parseTable(attempt(() => fs.readFileSync(`/proc/${pid}/net/${name}`, 'utf8')) ?? ''));
}

/** Returns the inodes of the open sockets of a process. */
function socketInodes(pid) {
  const descriptors = attempt(() => fs.readdirSync(`/proc/${pid}/fd`)) ?? [];
  const links = descriptors.map((fd) => attempt(() => fs.readlinkSync(`/proc/${pid}/fd/${fd}`)));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? []));
}

/**
 * Returns the listening TCP sockets of a process.
 * @param {number} pid
 * @returns {ListeningSocket[]}
 */
function listeningSockets(pid) {
  const own = socketInodes(pid);
  return namespaceSockets(pid).filter(({ inode }) => own.has(inode));
}

/** Returns whether a socket prevents another process from listening on 127.0.0.1 at the same port. */
function blocksLoopback({ host, isAny }) {
  return isAny || host === '127.0.0.1';
}

/**
 * Returns the process that prevents `pid` from listening on 127.0.0.1:`port`.
 * @returns {{pid?: number}|undefined} without a pid if the process cannot be seen; `undefined` if the port is free
 */
function portHolder(pid, port) {
  const own = socketInodes(pid);
  const socket = namespaceSockets(pid).find((one) => one.port === port && blocksLoopback(one) && !own.has(one.inode));
  if (socket === undefined) return undefined;
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const holder = pids.find((one) => socketInodes(one).has(socket.inode));
  return { pid: holder && Number(holder) };
}

module.exports = { listeningSockets, parseTable, portHolder };
