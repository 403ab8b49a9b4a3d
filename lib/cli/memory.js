'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { TABLE_OPTIONS, wholeNumber } = require('./kit/arguments.js');
const { EXIT, UsageError } = require('./kit/exit.js');
const { print, printJson, printTable, style } = require('./kit/output.js');
const { bytes, integer, printable, wrap } = require('../text.js');
const { findTargets, only } = require('./target/find.js');
const { addLedger, changeSince, keyOf } = require('../memory/change.js');
const { memoryOf, withHistory } = require('../memory/index.js');

const DEFAULT_INTERVAL_S = 2;

/** Returns the process that `wanted` names. */
function choose(wanted) {
  if (process.platform !== 'linux')
    throw new UsageError('memory of another process can only be read on Linux: call memory() in it');
  const { named, targets } = findTargets(wanted);
  // The process does not need the package.
  const found = only(targets.length > 0 ? targets : named, wanted);
  if (found === undefined) throw new UsageError(`there is no process ${JSON.stringify(wanted)}`);
  return found;
}

const signed = (size) => (size === undefined || size === 0 ? '' : `${size > 0 ? '+' : '\u2212'}${bytes(Math.abs(size))}`);

/** Returns the label of a part: its owner, and the end of its path. */
function label({ owner, name, threadId }) {
  const detail = name === undefined ? threadId : printable(name.split('/').at(-1));
  return detail === undefined ? owner : `${owner} ${detail}`;
}

/** Returns the rows of the table: the parts, and memory without an owner. */
function rows(ledger, change) {
  const changes = new Map((change?.parts ?? []).map((part) => [keyOf(part), part]));
  const row = (part) => {
    const { bytes: delta, perHour } = changes.get(keyOf(part)) ?? {};
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

/** Prints a ledger every `seconds`, with rates since the first one, until the process ends or the user presses Ctrl+C. */
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
    const judged = withHistory(ledger, samples);
    addLedger(samples, ledger);
    if (values.json) await print([JSON.stringify(judged)]);
    else await redraw(judged, samples[0], values);
    const isInterrupted = await sleep(seconds * 1000, false, { signal: stop.signal }).catch(() => true);
    if (isInterrupted) return undefined;
  }
}

async function redraw(ledger, first, how) {
  if (process.stdout.isTTY) await print(['\u001b[H\u001b[2J']);
  await show(ledger, changeSince(first, ledger), how);
  await showVerdicts(ledger);
}

async function run({ values, positionals: [wanted] }) {
  const seconds = values.interval === undefined ? DEFAULT_INTERVAL_S : wholeNumber(values.interval, '--interval');
  if (seconds < 1) throw new UsageError('--interval must be 1 or more');
  const target = choose(wanted);
  if (values.watch) {
    await follow(target, seconds, values);
    return EXIT.ok;
  }
  const ledger = withHistory(await memoryOf(target.pid), []);
  if (values.json) {
    await printJson(ledger);
    return EXIT.ok;
  }
  await show(ledger, undefined, values);
  await showVerdicts(ledger);
  await print(['', style('dim', 'from outside, V8 and malloc cannot be divided further; memory() in the process does that')]);
  return EXIT.ok;
}

module.exports = {
  usage: 'PID|NAME',
  positionals: [1],
  options: {
    watch: { type: 'boolean', about: 'print a ledger repeatedly, with changes and rates, until Ctrl+C' },
    interval: { type: 'string', value: 'SECONDS', about: `time between two ledgers of --watch (${DEFAULT_INTERVAL_S})` },
    ...TABLE_OPTIONS,
  },
  help: `Shows the owners of the resident memory of a running process: V8, malloc, stacks, libraries, addons, shared memory. The
parts and the unexplained rest add up to RSS. The process is not stopped, and does not need heapdump-rs. Linux only.

NAME is the path or base name of its script, its title, or the npm script that it runs as. With --watch, --json prints a line
for each ledger.`,
  choose,
  run,
};
