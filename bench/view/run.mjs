// Measures how long a page of each table of `heapdump-rs view` takes, in every order, and how much memory the server needs in
// addition to the engine alone.
//
//     npm run build && npm run build:web && npm run bench:view -- BIG.heapsnapshot [LATER.heapsnapshot…]
//
// A page may take 200 ms once the server has finished its background tasks; before that, the server must reply within that time
// that the task is running. Each table is requested for its first page with a cold cache, for pages in the middle and at the end,
// and for all of them again. Slower pages are listed, and the command fails.
//
// The engine alone is a process that opens the files and runs the same queries through the API.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const PAGE_MS = 200;
const MOST_MEMORY = 1.2;
const ROWS = 100;
const { filters: FILTERS, sorts: SORTS } = createRequire(import.meta.url)('../../lib/analysis/queries.json');
/** In many names, in some, in nearly none, in none; capitals, and letters that are not ASCII. */
const NAMES = ['e', 'order', 'ORDER', 'system / Context', 'zzqqxx', 'é', '订单'];

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node bench/view/run.mjs BIG.heapsnapshot [LATER.heapsnapshot...]');
  process.exit(2);
}

/** Returns the resident memory of a process, now and at its peak, in bytes. */
function memory(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)[1]) * 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** Returns the processor time of a process in milliseconds. On a busy machine it is more reliable than wall time. */
function processorTime(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Starts a program and returns the first JSON object that it prints. */
async function start(args) {
  const child = spawn(process.execPath, args, { stdio: ['ipc', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    if (/\}\n$/.test(text)) break;
  }
  return { child, printed: JSON.parse(text) };
}

async function ask(url, name, args, flags = '') {
  const from = performance.now();
  const response = await fetch(`${url}api/${name}?q=${encodeURIComponent(JSON.stringify(args))}${flags}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${name} ${JSON.stringify(args)}: ${text}`);
  return { ms: performance.now() - from, answer: JSON.parse(text), isUnfinished: response.status === 202 };
}

/** Requests the results of the background tasks, as the page does, until all are available. */
async function prepared(url) {
  const from = performance.now();
  const several = files.length > 1 ? [['Comparison', 'diff', [files.length - 2, { limit: 8, sort: 'sizeDelta' }]]] : [];
  const left = [
    ['Findings', 'findLeaks', []],
    ['Summary', 'summary', [{ limit: 8 }]],
    ...several,
    ...(files.length > 2 ? [['Trend', 'trend', []]] : []),
    ['Duplicate strings', 'duplicateStrings', []],
    ...FILTERS.map((filter) => [filter, 'summary', [{ filter }]]),
    ['Native contexts', 'nativeContexts', []],
    ['Retainers', 'retainers', [1]],
  ];
  let slowest = [0, ''];
  console.log('found behind the first screen: after how long, and the slowest answer until then');
  while (left.length > 0) {
    for (const one of [...left]) {
      const [what, name, args] = one;
      const { ms: wall, isUnfinished } = await ask(url, name, args, '&soon');
      if (wall > slowest[0]) slowest = [wall, what];
      if (isUnfinished) continue;
      left.splice(left.indexOf(one), 1);
      console.log(`  ${what.padEnd(40)} ${ms(performance.now() - from)} ms`);
    }
  }
  console.log(`  slowest answer ${ms(slowest[0])} ms (${slowest[1]})\n`);
}

/** Returns pages at the start, in the middle and at the end of a list of `count` rows. */
const places = (count) => [...new Set([0, Math.max(0, (count >> 1) - 50), Math.max(0, count - ROWS)])];

/** Returns the candidate with the largest value. */
async function extremes(url) {
  const one = async (...question) => (await ask(url, ...question)).answer;
  const lists = [
    { sort: 'retainedSize', limit: 300 },
    { type: 'object shape', limit: 1000 },
    { type: 'hidden', sort: 'retainedSize', limit: 300 },
    { type: 'array', sort: 'shallowSize', limit: 200 },
  ];
  const details = [];
  for (const options of lists) {
    for (const { id } of (await one('find', [options])).rows) details.push(await one('node', [id]));
  }
  const most = (key) => details.reduce((best, node) => (node[key] > best[key] ? node : best));
  const outer = most('edgeCount');
  let dominator = { count: 0 };
  for (const { id } of [...details].sort((a, b) => b.retainedSize - a.retainedSize).slice(0, 100)) {
    const {
      totals: { count },
    } = await one('dominatorTree', [id, { limit: 0 }]);
    if (count > dominator.count) dominator = { id, count };
  }
  return { outer, inner: most('retainerCount'), dominator };
}

/** The tables as queries: [label, name, arguments before the options, options, rows, time of the first query]. */
async function tables(url, pid) {
  const one = async (...question) => (await ask(url, ...question)).answer;
  const { totals, rows } = await one('summary', [{ limit: 1000 }]);
  const widest = [...rows].sort((a, b) => b.count - a.count).slice(0, 2);
  const { outer, inner, dominator } = await extremes(url);
  const children = (await one('children', [outer.id])).totals.count;
  const retainers = (await one('retainers', [inner.id, { limit: 0 }])).totals.count;
  const list = [];
  const each = (sorts, make) => {
    for (const sort of sorts) list.push(make(sort));
  };
  each(SORTS.summary, (sort) => [`Summary by ${sort}`, 'summary', [], { sort }, totals.rowCount]);
  each(FILTERS, (filter) => [`Summary, ${filter}`, 'summary', [], { filter }, 50]);
  for (const { constructor, classKey, count } of widest) {
    each(SORTS.nodes, (sort) => [`Objects of ${constructor} (${count}) by ${sort}`, 'instances', [classKey], { sort }, count]);
  }
  each(SORTS.children, (sort) => [`Containment (${children}) by ${sort}`, 'children', [outer.id], { sort }, children]);
  each(SORTS.retainers, (sort) => [`Retainers (${retainers}) by ${sort}`, 'retainers', [inner.id], { sort }, retainers]);
  list.push(
    [`Dominators (${dominator.count})`, 'dominatorTree', [dominator.id], {}, dominator.count],
    ['Dominators of the root', 'dominatorTree', [null], {}, 100],
  );
  for (const name of NAMES) {
    // The cache does not have it yet.
    const before = processorTime(pid);
    const {
      ms: wall,
      answer: {
        totals: { count },
      },
    } = await ask(url, 'find', [{ name, limit: ROWS }]);
    const found = { wall, cpu: processorTime(pid) - before };
    const sorts = name === 'e' || name === 'order' ? [undefined, ...SORTS.nodes] : [undefined, 'name'];
    each(sorts, (sort) => [
      `Search: "${name}" (${count}) by ${sort ?? 'place'}`,
      'find',
      [],
      { name, sort },
      count,
      sort === undefined ? found : undefined,
    ]);
  }
  list.push(
    ['Search by kind', 'find', [], { type: 'closure', sort: 'retainedSize' }, 10_000],
    ['Search by constructor', 'summary', [], { match: 'a' }, 100],
  );
  const texts = (await one('duplicateStrings', [{ limit: 0 }])).totals.count;
  list.push([`Duplicate strings (${texts})`, 'duplicateStrings', [], {}, texts]);
  list.push(
    ['Findings', 'findLeaks', [], {}, 0],
    ['Statistics', 'statistics', [], undefined, 0],
    ['Native contexts', 'nativeContexts', [], undefined, 0],
  );
  for (const { id } of [inner, outer, dominator]) {
    list.push(
      [`Paths of @${id}`, 'pathsToRoot', [id], { depth: 30, nodes: 60, siblings: 4 }, 0],
      [`About @${id}`, 'node', [id], undefined, 0],
    );
  }
  if (files.length > 1) {
    const base = files.length - 2;
    const compared = await one('diff', [base, { sort: 'addedCount', limit: 1 }]);
    each(SORTS.diff, (sort) => [
      `Comparison (${compared.totals.rowCount}) by ${sort}`,
      'diff',
      [base],
      { sort },
      compared.totals.rowCount,
    ]);
    const changed = async (side) => (await one('diff', [base, { sort: `${side}Count`, limit: 1 }])).rows[0];
    for (const side of ['added', 'removed']) {
      const row = await changed(side);
      const count = row?.[`${side}Count`] ?? 0;
      if (count > 0)
        each(['name', 'shallowSize'], (sort) => [
          `${row.constructor}, ${side} (${count}) by ${sort}`,
          'diffObjects',
          [{ base, classKey: row.classKey, side }],
          { sort },
          count,
        ]);
    }
  }
  if (files.length > 2) {
    const {
      totals: { rowCount },
    } = await one('trend', [{ limit: 0 }]);
    each(SORTS.trend, (sort) => [`Trend (${rowCount}) by ${sort}`, 'trend', [], { sort }, rowCount]);
  }
  return list;
}

const ratio = (value) => value.toFixed(2).padStart(7);
const ms = (value) => String(Math.round(value)).padStart(6);

/** Requests each page three times, the first time with a cold cache. */
async function measure(url, pid, list) {
  const slow = [];
  let slowest = 0;
  console.log(`${'table'.padEnd(60)}  first ms (CPU)   worst ms (CPU)   again: median, worst ms`);
  for (const [what, name, first, options, rows, begun] of list) {
    const question = (offset) => [...first, ...(options ? [rows ? { ...options, offset, limit: ROWS } : options] : [])];
    const timed = async (offset) => {
      const before = processorTime(pid);
      const { ms: wall } = await ask(url, name, question(offset));
      return { wall, cpu: processorTime(pid) - before };
    };
    const fresh = begun ? [begun] : [];
    for (const offset of places(rows)) fresh.push(await timed(offset));
    const again = [];
    for (let round = 0; round < 2; round++) {
      for (const offset of places(rows)) again.push((await timed(offset)).wall);
    }
    again.sort((a, b) => a - b);
    const worst = fresh.reduce((a, b) => (b.wall > a.wall ? b : a));
    const most = Math.max(worst.wall, again.at(-1));
    if (most > PAGE_MS) slow.push(`${what}: ${Math.round(most)} ms`);
    slowest = Math.max(slowest, most);
    console.log(
      `${what.slice(0, 60).padEnd(60)}  ${ms(fresh[0].wall)} (${ms(fresh[0].cpu)})  ${ms(worst.wall)} (${ms(worst.cpu)})   ${ms(again[again.length >> 1])} ${ms(again.at(-1))}${most > PAGE_MS ? '   too slow' : ''}`,
    );
  }
  return { slowest, slow };
}

const view = await start([path.join(ROOT, 'bin/heapdump-rs.js'), 'view', ...files, '--json']);
const { url } = view.printed;
const opened = performance.now();
await ask(url, 'statistics', []);
const atFirst = memory(view.child.pid);
console.log(`analysed in ${((performance.now() - opened) / 1000).toFixed(1)} s\n`);
await prepared(url);
const list = await tables(url, view.child.pid);
const { slowest, slow } = await measure(url, view.child.pid, list);
const atLast = memory(view.child.pid);
view.child.kill('SIGTERM');
await once(view.child, 'close');

const engine = await start([path.join(HERE, 'engine.mjs'), ...files]);
const alone = memory(engine.child.pid);
engine.child.send(
  list.map(([, name, first, options, rows]) => [
    name,
    [...first, ...(options ? [rows ? { ...options, limit: ROWS } : options] : [])],
  ]),
);
await once(engine.child, 'message');
const asked = memory(engine.child.pid);
engine.child.kill('SIGTERM');
await once(engine.child, 'close');

const MB = (bytes) => `${Math.round(bytes / 1e6)} MB`.padStart(8);
console.log(
  `\nmemory: server / engine          after opening  ${MB(atFirst.now)} /${MB(alone.now)} ${ratio(atFirst.now / alone.now)}`,
);
console.log(`                                 after all      ${MB(atLast.now)} /${MB(asked.now)} ${ratio(atLast.now / asked.now)}`);
console.log(
  `                                 at the peak    ${MB(atLast.peak)} /${MB(asked.peak)} ${ratio(atLast.peak / asked.peak)}`,
);
console.log(
  `slowest page ${Math.round(slowest)} ms; ${slow.length} of ${list.length} tables have a page of more than ${PAGE_MS} ms${slow.map((one) => `\n  ${one}`).join('')}`,
);
if (slow.length > 0 || atLast.peak > MOST_MEMORY * asked.peak) process.exitCode = 1;
