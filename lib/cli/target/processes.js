'use strict';
// Lists the processes of this machine, from /proc if it exists, else from `ps`.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} Process
 * @property {number} pid
 * @property {number} parent
 * @property {string} name the name in the kernel, at most 15 characters
 * @property {string[]} args the command line; one text if the process set its title
 * @property {string} [program] the executable file, if it can be seen
 * @property {string} [started] distinguishes it from a later process with the same pid
 */

/** Names of processes of this package: the fork self-test, and a forked child. */
const HELPERS = ['heapdump-test', 'heapdump-child'];

const hasProc = fs.existsSync('/proc/self/stat');

/** Returns the result of `read`, such as a file of /proc/<pid>; `undefined` if it throws. */
function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** @returns {Process|undefined} `undefined` if the process has ended, or is a zombie */
function fromProc(pid) {
  const stat = attempt(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  // The name may contain any character, also spaces and parentheses.
  const end = stat.lastIndexOf(')');
  const [state, parent, ...rest] = stat.slice(end + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const line = attempt(() => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
  return {
    pid: Number(pid),
    parent: Number(parent),
    name: stat.slice(stat.indexOf('(') + 1, end),
    args: line
      .replace(/\0+$/, '')
      .split('\0')
      .filter((word, i) => i > 0 || word !== ''),
    program: attempt(() => fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')),
    started: rest[17],
  };
}

/** Reads the output of `ps -axww -o pid=,ppid=,lstart=,command=`. */
function fromPs(text) {
  const processes = [];
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\d{4})\s+(.*)$/.exec(line);
    if (!match) continue;
    const [, pid, parent, started, command] = match;
    const args = command.trim().split(/\s+/);
    const name = path.basename(args[0]);
    processes.push({ pid: Number(pid), parent: Number(parent), name, args, program: args[0], started });
  }
  return processes;
}

function ps(...which) {
  const format = ['-ww', '-o', 'pid=,ppid=,lstart=,command='];
  const options = {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  };
  return fromPs(execFileSync('ps', [...which, ...format], options));
}

/** @returns {Process[]} all visible processes, except those of this package */
function list() {
  const seen = hasProc
    ? fs
        .readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(fromProc)
        .filter(Boolean)
    : ps('-ax');
  return seen.filter(({ name, args }) => !HELPERS.includes(name) && !HELPERS.includes(args[0]));
}

/** @returns {Process|undefined} */
function find(pid) {
  return hasProc ? fromProc(pid) : attempt(() => ps('-p', String(pid)))?.[0];
}

/** Returns whether a process that was found earlier is alive. */
function lives({ pid, started }) {
  return find(pid)?.started === started;
}

/** Returns the descendants of `pid`, parents first. */
function descendants(pid, processes) {
  const children = processes.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, processes)]);
}

/** Returns the ancestors of `pid`. */
function ancestors(pid, processes) {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const above = [];
  for (let one = byPid.get(pid); one && byPid.has(one.parent); one = byPid.get(one.parent)) above.push(one.parent);
  return above;
}

/** Options of Node whose value is the next word. */
const WITH_VALUE = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--title',
  '--diagnostic-dir',
  '--inspect-port',
  '--disable-warning',
  '--redirect-warnings',
  '--icu-data-dir',
  '--openssl-config',
]);
/** Options after which there is no script. */
const EVALUATES = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/** Splits the command line of Node into its own options and the script, if there is one. */
function splitCommand([, ...words]) {
  let i = 0;
  while (i < words.length && words[i].startsWith('-') && words[i] !== '--') {
    if (EVALUATES.has(words[i])) return { execArgv: words };
    i += WITH_VALUE.has(words[i]) ? 2 : 1;
  }
  return { execArgv: words.slice(0, i), script: words[words[i] === '--' ? i + 1 : i] };
}

module.exports = { ancestors, attempt, descendants, find, fromPs, hasProc, list, lives, splitCommand };
