'use strict';
// Finds the process that a pid or a name means.

const path = require('node:path');
const { printable, shorten } = require('../../text.js');
const { UsageError } = require('../kit/exit.js');
const { environment, hasAddon, workingDirectory } = require('./inspect.js');
const { ancestors, descendants, list, splitCommand } = require('./processes.js');

/** Programs that start the application. NODE_OPTIONS may make them load the package, too. */
const LAUNCHERS = new Set(['npm', 'npm-cli', 'npx', 'npx-cli', 'pnpm', 'yarn', 'corepack', 'nodemon', 'pm2', 'tsx']);

/** @typedef {import('./processes.js').Process} Process */

const stem = (file) => path.basename(file).replace(/\.[cm]?[jt]s$/, '');

/** Returns the title that a process gave itself. It replaces the command line. */
function titleOf({ args, program }) {
  const isCommand = args.length > 1 || args[0] === program || stem(args[0] ?? '') === stem(program ?? '');
  return isCommand ? undefined : args[0];
}

/** Returns the script that a process runs, as in its command line. Process managers set a title that looks like a command line. */
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

/** Returns the text by which messages show a process. */
function describe({ args, name }) {
  return shorten(printable(args.length > 0 ? args.join(' ') : `[${name}]`), 100);
}

/** Returns whether the name `wanted` can mean the process `one`. */
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

/** Returns the processes with the addon: `one` itself or its descendants. */
function armed(one, processes) {
  const itself = hasAddon(one.pid) ? [one] : [];
  const below = () => descendants(one.pid, processes).filter(({ pid }) => hasAddon(pid));
  if (itself.length === 0) return below();
  // A launcher may have loaded the addon, too, but the user means the application.
  return isLauncher(one) && below().length > 0 ? below() : itself;
}

/** Returns the Node processes that `one` can mean: itself, or processes that it has started. */
function attachable(one, processes) {
  if (isNode(one) && !isLauncher(one)) return [one];
  return processes.filter(({ parent }) => parent === one.pid).flatMap((child) => attachable(child, processes));
}

/** Removes launchers, unless there are no other processes. */
function withoutLaunchers(processes) {
  const programs = processes.filter((one) => !isLauncher(one));
  return programs.length > 0 ? programs : processes;
}

/**
 * Finds the processes that `wanted`, a pid or a name, can mean.
 *
 * @param {string} wanted
 * @returns {{named: Process[], targets: Process[], others: Process[]}} in the order of pids. `named`: the processes with this
 *   pid or name; `targets`: those of them, or of their descendants, that have loaded the addon; `others`: Node processes that
 *   have not
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
