'use strict';
// Opens and closes the inspector of a process.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { disposition, environment } = require('../target/inspect.js');
const { find, hasProc, lives, splitCommand } = require('../target/processes.js');
const { attachFailure, named } = require('../target/refusal.js');
const { checkNetwork } = require('./connection.js');
const { inspectorPath, openSession } = require('./session.js');
const { listeningSockets, portHolder } = require('./sockets.js');

/** Node's inspector listens here unless an option says otherwise. */
const DEFAULT_PORT = 9229;

/** Time from SIGUSR1 to the listening socket. It takes milliseconds if JavaScript runs. */
const USUAL_OPEN_MS = 1500;
const OPEN_TIMEOUT_MS = 5000;

/** Timeout for an occupied port. Another command may have attached to another process. */
const PORT_TIMEOUT_MS = 3000;

const CLOSE_TIMEOUT_MS = 3000;

/** Polling interval of /proc. */
const POLL_MS = 10;

/** The program that closes the inspector of a process later, when it answers. */
const CLOSER = path.join(__dirname, 'closer.js');

/** Returns the options of Node, from the command line and NODE_OPTIONS. */
function nodeOptions(target) {
  const words = (environment(target.pid)?.NODE_OPTIONS ?? '').split(/\s+/);
  return [...words, ...splitCommand(target.args).execArgv];
}

/** Returns the port that SIGUSR1 opens according to the options. A program can choose another one (`process.debugPort`). */
function debugPort(options) {
  let port = DEFAULT_PORT;
  options.forEach((word, i) => {
    const match = /^--(?:inspect(?:-brk|-wait)?(?:-port)?|debug-port)(?:=(.*))?$/.exec(word);
    const value = match?.[1] ?? (match && /-port$/.test(word) ? options[i + 1] : undefined);
    const number = /(?:^|:)(\d+)$/.exec(value ?? '')?.[1];
    if (number !== undefined) port = Number(number);
  });
  return port;
}

/** Returns the inspector at one of the given sockets of the process; `undefined` if there is none. */
async function findInspector(target, sockets) {
  for (const address of sockets) {
    const name = await inspectorPath(target, address);
    if (name !== undefined) return { address, path: name };
  }
  return undefined;
}

/** Polls until `look` returns a value. Returns that value, or `undefined` after `timeoutMs`. */
async function poll(look, timeoutMs, { stop, everyMs = POLL_MS } = {}) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() > deadline) return found;
    await sleep(everyMs, undefined, { signal: stop });
  }
}

/** Waits until the port is free. Throws if it stays occupied, because SIGUSR1 would open nothing. */
async function checkPort(target, port, stop) {
  if (port === 0) return;
  let holder;
  const isFree = () => {
    holder = portHolder(target.pid, port);
    return holder === undefined ? true : undefined;
  };
  if (await poll(isFree, PORT_TIMEOUT_MS, { stop })) return;
  const process = holder.pid && find(holder.pid);
  const who = process ? named(process) : 'another program';
  throw attachFailure(
    `${named(target)} opens its inspector on 127.0.0.1:${port}, and ${who} listens there, so nothing was sent. ` +
      `Stop the other program for a moment, or start the process with --inspect-port=0 or with heapdump-rs loaded`,
  );
}

function checkSignal(target, options) {
  if (disposition(target.pid, 'SIGUSR1') === 'caught') return;
  const cause = options.some((word) => word.startsWith('--disable-sigusr1'))
    ? 'it was started with --disable-sigusr1'
    : 'its inspector is disabled';
  throw attachFailure(
    `${named(target)} does not open its inspector on SIGUSR1 (${cause}), so nothing was sent. Start it with heapdump-rs loaded`,
  );
}

/** Returns why no inspector opened although SIGUSR1 was sent. */
function whyNotOpened(target, options) {
  if (options.some((word) => /^--(experimental-)?permission$/.test(word)))
    return `${named(target)} runs with --permission, which forbids the inspector. Start it with heapdump-rs loaded, and with --allow-addons`;
  return (
    `${named(target)} has not opened its inspector within ${Math.round((USUAL_OPEN_MS + OPEN_TIMEOUT_MS) / 1000)} s: its main thread is inside a long call of native code ` +
    '(a synchronous crypto, zlib or file system call, or an addon), or the program handles SIGUSR1 itself. Try again later; ' +
    'an inspector that opens late is closed at once'
  );
}

/** Sends SIGUSR1, and returns the inspector that it opens. */
async function wakeInspector(target, options, stop) {
  const before = listeningSockets(target.pid);
  const known = new Set(before.map(({ inode }) => inode));
  const isNew = ({ inode }) => !known.has(inode);
  const look = () => findInspector(target, listeningSockets(target.pid).filter(isNew));
  if (!lives(target)) throw attachFailure(`${named(target)} has ended`);
  process.kill(target.pid, 'SIGUSR1');
  try {
    const found = await poll(look, USUAL_OPEN_MS, { stop });
    if (found) return { ...found, wasOpen: false };
    // If the inspector was open before, the signal does nothing. Other ports are queried only now, because they may belong to the
    // program.
    const older = await findInspector(
      target,
      before.filter(({ isAny }) => !isAny),
    );
    if (older) return { ...older, wasOpen: true };
    const late = await poll(look, OPEN_TIMEOUT_MS, { stop });
    if (late) return { ...late, wasOpen: false };
  } catch (error) {
    closeLater(target, known);
    throw error;
  }
  if (!lives(target)) throw attachFailure(`${named(target)} has ended`);
  closeLater(target, known);
  throw attachFailure(whyNotOpened(target, options));
}

/**
 * Starts a process that closes the inspector when the main thread answers again. It ends after ten minutes at the latest.
 * @param {Set<string>} known inodes of sockets that must stay open
 */
function closeLater(target, known) {
  const args = [CLOSER, JSON.stringify({ target, known: [...known] })];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}

/** Returns the inodes of the other listening sockets of the process. */
function othersThan(target, address) {
  const inodes = listeningSockets(target.pid).map(({ inode }) => inode);
  return new Set(inodes.filter((inode) => inode !== address.inode));
}

/** The opened inspector of a process. */
class Inspector {
  #target;
  #address;
  /** Whether the inspector was open before this command. */
  wasOpen;

  constructor(target, session, address, wasOpen) {
    this.#target = target;
    this.session = session;
    this.#address = address;
    this.wasOpen = wasOpen;
  }

  #isListening() {
    return listeningSockets(this.#target.pid).some(({ inode }) => inode === this.#address.inode);
  }

  /** Closes the session, and the inspector unless it was open before. Resolves when the socket of the inspector is closed. */
  async close() {
    if (!this.wasOpen && !this.session.isClosed) {
      // The inspector closes the connection instead of answering.
      await this.session.call('Runtime.evaluate', { expression: 'process._debugEnd()' }, CLOSE_TIMEOUT_MS).catch(() => {});
    }
    await this.session.close();
    if (this.wasOpen) return;
    const isGone = await poll(() => (this.#isListening() ? undefined : true), CLOSE_TIMEOUT_MS);
    if (isGone) return;
    closeLater(this.#target, othersThan(this.#target, this.#address));
  }
}

/**
 * Connects to the inspector of a process. Opens it first if it is not open.
 * @param {import('../target/processes.js').Process} target
 * @param {AbortSignal} [stop]
 * @returns {Promise<Inspector>}
 */
async function openInspector(target, stop) {
  if (!hasProc) throw attachFailure('attaching to a process needs /proc, as Linux has it. Start it with heapdump-rs loaded');
  checkNetwork(target);
  const options = nodeOptions(target);
  const port = debugPort(options);
  const hasOption = options.some((word) => /^--inspect(-brk|-wait)?(=|$)/.test(word));
  // Other ports belong to the program. They are queried only if an option has opened an inspector.
  const likely = listeningSockets(target.pid).filter((one) => one.port === port || (hasOption && !one.isAny));
  const open = await findInspector(target, likely);
  if (open === undefined) {
    checkSignal(target, options);
    await checkPort(target, port, stop);
  }
  const { address, path: name, wasOpen } = open ? { ...open, wasOpen: true } : await wakeInspector(target, options, stop);
  try {
    return new Inspector(target, await openSession(target, address, name), address, wasOpen);
  } catch (error) {
    if (!wasOpen) closeLater(target, othersThan(target, address));
    throw attachFailure(`${named(target)}: the inspector does not accept a connection: ${error.message}`);
  }
}

module.exports = { Inspector, findInspector, openInspector, poll };
