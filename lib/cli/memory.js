'use strict';

const { wholeNumber } = require('./kit/arguments.js');
const { EXIT, UsageError } = require('./kit/exit.js');
const { print, printJson, printTable, style } = require('./kit/output.js');
const { bytes, integer, printable, wrap } = require('../text.js');
const { describe, findTargets } = require('./target/find.js');
const { changeSince } = require('../memory/change.js');
const { memoryOf, withHistory } = require('../memory/index.js');

const DEFAULT_INTERVAL_S = 2;
/** Samples that verdicts of `--watch` are about: the first one, and these. */
const RECENT_SAMPLES = 30;

/** Returns the one process that is meant. */
function choose(wanted) {
  if (process.platform !== 'linux')
    throw new UsageError('memory of another process can only be read on Linux: call memory() in it');
  const { named, targets } = findTargets(wanted);
  // A process need not have loaded the package.
  const candidates = targets.length > 0 ? targets : named;
  if (candidates.length === 1) return candidates[0];
  if (candidates.length === 0) throw new UsageError(`there is no process ${JSON.stringify(wanted)}`);
  const lines = candidates.map((one) => `  ${String(one.pid).padStart(7)}  ${describe(one)}`);
  throw new UsageError(`${JSON.stringify(wanted)} can mean any of these; give the pid of one:\n${lines.join('\n')}`);
}

const signed = (size) => (size === undefined || size === 0 ? '' : `${size > 0 ? '+' : '\u2212'}${bytes(Math.abs(size))}`);

/** How a part is called: its owner, and the end of its path. */
function label({ owner, name, threadId }) {
  const detail = name === undefined ? threadId : printable(name.split('/').at(-1));
  return detail === undefined ? owner : `${owner} ${detail}`;
}

/** The rows of the table: parts, and what has no owner. */
function rows(ledger, change) {
  const key = ({ owner, name, threadId }) => `${owner}\0${name}\0${threadId}`;
  const changes = new Map((change?.parts ?? []).map((part) => [key(part), part]));
  const row = (part) => {
    const { bytes: delta, perHour } = changes.get(key(part)) ?? {};
    const rate = change ? [signed(delta), delta ? `${signed(perHour)}/h` : ''] : [];
    return [label(part), bytes(part.resident), `${((100 * part.resident) / Math.max(1, ledger.rss)).toFixed(1)} %`, ...rate];
  };
  return [
    ...ledger.parts.map(row),
    [
      'unexplained',
      bytes(ledger.unexplained),
      `${((100 * ledger.unexplained) / Math.max(1, ledger.rss)).toFixed(1)} %`,
      ...(change ? [signed(change.unexplained), ''] : []),
    ],
  ];
}

async function show(ledger, change, how) {
  const columns = [
    { title: 'Owner', shrink: true },
    { title: 'Resident', align: 'right' },
    { title: '', align: 'right' },
  ];
  if (change) columns.push({ title: 'Change', align: 'right' }, { title: 'Rate', align: 'right' });
  await printTable(columns, rows(ledger, change), how);
  const { counts, beyondRss, container } = ledger;
  const notes = [
    `RSS ${bytes(ledger.rss)}${change ? ` (${signed(change.rss) || 'no change'})` : ''}`,
    ...(beyondRss.pageTables === null ? [] : [`page tables ${bytes(beyondRss.pageTables)}`]),
    ...(beyondRss.swap > 0 ? [`swapped out ${bytes(beyondRss.swap)}`] : []),
    `${integer(counts.threads)} threads`,
    `${integer(counts.mappings)} mappings`,
    ...(counts.descriptors === null ? [] : [`${integer(counts.descriptors)} descriptors`]),
  ];
  await print(['', style('dim', notes.join(', '))]);
  if (container) await print([style('dim', aboutContainer(container))]);
}

function aboutContainer({ current, limit, anonymous, file, kernel, sockets }) {
  const known = Object.entries({ anonymous, 'page cache': file, kernel, sockets }).filter(([, size]) => typeof size === 'number');
  const parts = known.map(([name, size]) => `${name} ${bytes(size)}`).join(', ');
  return `container ${bytes(current)}${limit ? ` of ${bytes(limit)}` : ''}${parts ? `: ${parts}` : ''}`;
}

async function showVerdicts({ verdicts }) {
  for (const { severity, title, sentence, fix } of verdicts) {
    await print(['', `${style('bold', severity.toUpperCase())}  ${printable(title)}`]);
    await print([...wrap(printable(sentence), '   '), ...wrap(`${style('green', 'fix')} ${printable(fix)}`, '   ')]);
  }
}

/** Prints a ledger every `seconds`, with rates since the first, until the process ends or Ctrl+C. */
async function follow(target, seconds, values) {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const samples = [];
  for (;;) {
    const ledger = await memoryOf(target.pid).catch((error) => {
      if (samples.length > 0 && ['ENOENT', 'ESRCH'].includes(error.code)) return undefined;
      throw error;
    });
    if (ledger === undefined || (samples.length > 0 && ledger.rss === 0)) return print([`process ${target.pid} has ended`]);
    if (samples.length > RECENT_SAMPLES) samples.splice(1, 1);
    const told = withHistory(ledger, samples);
    samples.push(ledger);
    if (values.json) await print([JSON.stringify(told)]);
    else await redraw(told, samples[0], values);
    if (!(await pause(seconds, stop.signal))) return undefined;
  }
}

async function redraw(ledger, first, how) {
  if (process.stdout.isTTY) await print(['\u001b[H\u001b[2J']);
  await show(ledger, ledger === first ? undefined : changeSince(first, ledger), how);
  await showVerdicts(ledger);
}

/** Waits; `false` if it was interrupted. */
function pause(seconds, signal) {
  if (signal.aborted) return false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), seconds * 1000);
    const onAbort = () => {
      clearTimeout(timer);
      resolve(false);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

async function run({ values, positionals: [wanted] }) {
  const seconds = values.interval === undefined ? DEFAULT_INTERVAL_S : wholeNumber(values.interval, '--interval');
  if (seconds < 1) throw new UsageError('--interval must be 1 or more');
  const target = choose(wanted);
  if (values.watch) {
    await follow(target, seconds, values);
    return EXIT.ok;
  }
  const ledger = await memoryOf(target.pid);
  if (values.json) {
    await printJson(ledger);
    return EXIT.ok;
  }
  await show(ledger, undefined, values);
  await showVerdicts(ledger);
  await print(['', style('dim', 'from outside, V8 and malloc are not divided further: memory() in the process does that')]);
  return EXIT.ok;
}

module.exports = {
  usage: 'PID|NAME',
  positionals: [1],
  options: {
    watch: { type: 'boolean', about: 'print it again and again, with changes and rates, until Ctrl+C' },
    interval: { type: 'string', value: 'SECONDS', about: `time between two ledgers of --watch (${DEFAULT_INTERVAL_S})` },
    full: { type: 'boolean', about: 'cut no names' },
  },
  help: `Says where the resident memory of a running process is: V8, malloc, stacks, libraries, addons, shared memory. The
parts and what has no known owner add up to RSS. The process is not stopped, and need not have loaded heapdump-rs; on Linux
only.

NAME is the path or base name of its script, its title, or the npm script that it runs as. With --watch, --json prints a line
for each ledger.`,
  choose,
  run,
};
