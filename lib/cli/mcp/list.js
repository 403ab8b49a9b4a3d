'use strict';
// The Node processes of this machine, and how a snapshot of each can be taken.

const { describe, isNode } = require('../target/find.js');
const { hasAddon, hasTrigger, roughRssOf, workingDirectory } = require('../target/inspect.js');
const { attempt, hasProc, list } = require('../target/processes.js');

/**
 * Returns how to reach a snapshot: `signal` if the process has loaded the package and waits for its signal; `attach` if it has to be
 * attached to, with consent; `none` if this user may not; `unknown` if the system does not show it.
 */
function accessTo(pid) {
  if (attempt(() => process.kill(pid, 0)) === undefined) return 'none';
  const isLoaded = hasAddon(pid);
  if (isLoaded === undefined) return hasProc ? 'none' : 'unknown';
  return isLoaded && hasTrigger(pid) ? 'signal' : 'attach';
}

/** @param {{match?: string}} which `match`: a part of the command line */
function listProcesses({ match = '' }) {
  const wanted = match.toLowerCase();
  const found = list().filter((one) => one.pid !== process.pid && isNode(one));
  return found
    .filter(({ args }) => args.join(' ').toLowerCase().includes(wanted))
    .map((one) => ({
      pid: one.pid,
      parentPid: one.parent,
      command: describe(one),
      workingDirectory: workingDirectory(one.pid) ?? null,
      residentBytes: roughRssOf(one.pid) ?? null,
      access: accessTo(one.pid),
    }))
    .sort((a, b) => (b.residentBytes ?? 0) - (a.residentBytes ?? 0) || a.pid - b.pid);
}

module.exports = { listProcesses };
