'use strict';

const fs = require('node:fs');
const { LIST_OPTIONS, range, seconds, wholeNumber } = require('./kit/arguments.js');
const { EXIT, UsageError } = require('./kit/exit.js');
const { nameOf, placeOf } = require('./kit/frames.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { statusLine } = require('./kit/status-line.js');
const { wait } = require('./leaks/plan.js');
const { lives } = require('./target/processes.js');
const { REACH_OPTIONS, reach } = require('./target/reach.js');
const { Refusal, named, reaching } = require('./target/refusal.js');
const { openProfile, parseProfile } = require('../profile/allocation-profile.js');
const { bytes, integer, percent } = require('../text.js');

const DEFAULT_SECONDS = 30;

const COLUMNS = [
  { title: 'Function', shrink: true },
  { title: 'Bytes', align: 'right' },
  { title: '', align: 'right' },
  { title: 'Samples', align: 'right' },
  { title: 'Place', shrink: true, isPath: true },
  { title: 'Called by', shrink: true, isPath: true },
];

/** Formats of `--output`, by the ending of the file name. */
const FORMATS = { '.pb.gz': (profile) => profile.toPprof(), '.heapprofile': (profile) => profile.toHeapProfile() };

/** Returns the function that formats a profile for the file `--output`. */
function formatOf({ output }) {
  if (output === undefined) return undefined;
  const [, format] = Object.entries(FORMATS).find(([end]) => output.endsWith(end)) ?? [];
  if (format === undefined) throw new UsageError(`--output must end in ${Object.keys(FORMATS).join(' or ')}`);
  return format;
}

async function show(profile, values) {
  const format = formatOf(values);
  if (format) fs.writeFileSync(values.output, format(profile), { mode: 0o600 });
  const { totals } = profile;
  const sites = profile.sites(range(values));
  if (values.json) return printJson({ totals, sites });
  if (values.output !== undefined) return print([values.output]);
  await print([`${style('bold', bytes(totals.bytes))} alive, in ${integer(totals.sampleCount)} samples`, '']);
  await printTable(
    COLUMNS,
    sites.map((site) => [
      nameOf(site),
      integer(site.bytes),
      percent(site.bytes, totals.bytes),
      integer(site.sampleCount),
      placeOf(site),
      site.callers.slice(0, 2).map(nameOf).join(' ← '),
    ]),
    values,
  );
  return print(['', style('dim', `${shown('functions', sites.length, totals.siteCount)}; bytes are estimated from samples`)]);
}

/** Returns whether the argument is a file and not a process. */
function isFile(argument, values) {
  if (argument.endsWith('.heapprofile')) return true;
  return values.seconds === undefined && !/^\d+$/.test(argument) && fs.existsSync(argument);
}

/** Reads how long and how often to sample. */
function planOf({ seconds: duration, 'interval-bytes': interval }) {
  return {
    durationMs: 1000 * (duration === undefined ? DEFAULT_SECONDS : seconds(duration, '--seconds')),
    intervalBytes: interval === undefined ? undefined : wholeNumber(interval, '--interval-bytes'),
  };
}

/** Samples the allocations of a process, and returns the profile. */
async function sample({ target, dumps }, { durationMs, intervalBytes }, stop) {
  await dumps.startProfile({ intervalBytes }, stop);
  await wait(durationMs, stop, (leftMs) => {
    statusLine.show(`${named(target)}: sampling allocations, ${Math.ceil(leftMs / 1000)} s left`);
    if (!lives(target)) throw new Refusal(`${named(target)} has ended`, { exit: EXIT.other });
  });
  return parseProfile(await dumps.stopProfile(stop), named(target));
}

async function profileProcess(wanted, values, stop) {
  const plan = planOf(values);
  formatOf(values);
  const reached = await reach(wanted, values, stop);
  let profile;
  try {
    profile = await sample(reached, plan, stop);
  } finally {
    statusLine.clear();
    await reached.dumps.close();
  }
  return show(profile, values);
}

function run({ values, positionals: [argument] }) {
  if (isFile(argument, values)) return show(openProfile(argument), values);
  return reaching((stop) => profileProcess(argument, values, stop), 'call profile() in the program');
}

const { timeout: _, ...reachOptions } = REACH_OPTIONS;

module.exports = {
  usage: 'FILE|PID|NAME',
  positionals: [1],
  options: {
    seconds: { type: 'string', value: 'SECONDS', about: `how long to sample a process (${DEFAULT_SECONDS})` },
    'interval-bytes': {
      type: 'string',
      value: 'BYTES',
      about: 'average number of allocated bytes between two samples of a process (524288)',
    },
    ...LIST_OPTIONS,
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      about: `write the profile to FILE; its ending selects the format: ${Object.keys(FORMATS).join(' (pprof), ')} (Chrome DevTools)`,
    },
    ...reachOptions,
    dir: { type: 'string', value: 'DIR', about: 'directory in which the process writes dumps, if the command cannot see it' },
  },
  help: `Lists the functions that allocated the living objects, by bytes. FILE is a .heapprofile of profile().take().toHeapProfile(),
node --heap-prof or Chrome DevTools. Bytes are estimates: V8 takes a sample for each 512 KiB, or for each intervalBytes.

PID or NAME is a process, as for the command dump: its allocations are sampled for some seconds, and those that are alive then are
listed. A process that has loaded heapdump-rs gets its signal and connects to this command; another one needs --attach
(docs/attach.md). Sampling ends with this command, also if that is interrupted.`,
  run,
};
