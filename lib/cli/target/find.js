'use strict';
// Finds the process that is meant by a pid or a name.

const path = require('node:path');
const { printable, shorten } = require('../../text.js');
const { UsageError } = require('../kit/exit.js');
const { environment, hasAddon, workingDirectory } = require('./inspect.js');
const { ancestors, descendants, list, splitCommand } = require('./processes.js');

/** Programs that start the one that is meant, and that NODE_OPTIONS may have armed as well. */
const LAUNCHERS = new Set(['npm', 'npm-cli', 'npx', 'npx-cli', 'pnpm', 'yarn', 'corepack', 'nodemon', 'pm2', 'tsx']);

/** @typedef {import('./processes.js').Process} Process */

const stem = (file) => path.basename(file).replace(/\.[cm]?[jt]s$/, '');

/** The title that a process gave itself, which then takes the place of its command line. */
function titleOf({ args, program }) {
  const isCommand = args.length > 1 || args[0] === program || stem(args[0] ?? '') === stem(program ?? '');
  return isCommand ? undefined : args[0];
}

/** The script that a process runs, as it was given; process managers give it a title that reads like a command line. */
function scriptOf(one) {
  const title = titleOf(one);
  if (title === undefined) return splitCommand(one.args).script;
  return /^node\S* /.test(title) ? splitCommand(title.split(' ')).script : undefined;
}

function isNode({ program, args }) {
  return /^node(js)?(?![a-z])/i.test(path.basename(program ?? args[0] ?? ''));
}

function isLauncher(one) {
  return LAUNCHERS.has(stem(scriptOf(one) ?? '')) || LAUNCHERS.has(titleOf(one)?.split(' ')[0]);
}

/** How a process is shown to people. */
function describe({ args, name }) {
  return shorten(printable(args.length > 0 ? args.join(' ') : `[${name}]`), 100);
}

/** Whether somebody may mean `one` by saying `wanted`. */
function answersTo(one, wanted) {
  if ([titleOf(one), one.name, stem(one.program ?? '')].includes(wanted)) return true;
  const script = scriptOf(one);
  if (script !== undefined) {
    // The script may be `.`, whose name is that of the directory.
    const file = path.resolve(workingDirectory(one.pid) ?? '/', script);
    if (file === path.resolve(wanted) || [path.basename(file), stem(file)].includes(wanted)) return true;
  }
  return isNode(one) && environment(one.pid)?.npm_lifecycle_event === wanted;
}

/** The armed processes at or below `one`. */
function armed(one, processes) {
  const itself = hasAddon(one.pid) ? [one] : [];
  const below = () => descendants(one.pid, processes).filter(({ pid }) => hasAddon(pid));
  if (itself.length === 0) return below();
  // The launcher loaded the addon too, but it is the program that is meant.
  return isLauncher(one) && below().length > 0 ? below() : itself;
}

/** The Node processes that somebody may mean by `one`: itself, or those that it has started. */
function attachable(one, processes) {
  if (isNode(one) && !isLauncher(one)) return [one];
  return processes.filter(({ parent }) => parent === one.pid).flatMap((child) => attachable(child, processes));
}

/** Leaves launchers out, unless there is nothing else. */
function withoutLaunchers(processes) {
  const programs = processes.filter((one) => !isLauncher(one));
  return programs.length > 0 ? programs : processes;
}

/**
 * Finds the processes that `wanted`, a pid or a name, can mean.
 *
 * @param {string} wanted
 * @returns {{named: Process[], targets: Process[], others: Process[]}} `named` are those it names literally; `targets`
 *   those of them, or below them, that have loaded the addon; `others` Node processes that have not. In the order of pids.
 */
function findTargets(wanted) {
  const processes = list();
  const ourselves = new Set([process.pid, ...ancestors(process.pid, processes)]);
  const named = /^\d+$/.test(wanted)
    ? processes.filter(({ pid }) => pid === Number(wanted))
    : processes.filter((one) => !ourselves.has(one.pid) && answersTo(one, wanted) && (isNode(one) || hasAddon(one.pid)));
  const sorted = (found) => {
    const byPid = new Map(found.map((one) => [one.pid, one]));
    byPid.delete(process.pid);
    return [...byPid.values()].sort((a, b) => a.pid - b.pid);
  };
  const targets = sorted(withoutLaunchers(named.flatMap((one) => armed(one, processes))));
  return { named, targets, others: sorted(named.flatMap((one) => attachable(one, processes))) };
}

/**
 * Returns the only one of the processes that `wanted` can mean, or `undefined` if there is none.
 * @throws {UsageError} if there are several: it lists them with their pids
 */
function only(processes, wanted) {
  if (processes.length <= 1) return processes[0];
  const lines = processes.map((one) => `  ${String(one.pid).padStart(7)}  ${describe(one)}`);
  throw new UsageError(`${JSON.stringify(wanted)} can mean any of these; give the pid of one:\n${lines.join('\n')}`);
}

module.exports = { describe, findTargets, isNode, only };
