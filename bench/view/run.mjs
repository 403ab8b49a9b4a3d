// How long a page of each table of `heapdump-rs view` takes, and how much memory the server needs beside the engine alone.
//
//     npm run build && npm run build:web && npm run bench:view -- BIG.heapsnapshot
//
// The engine alone is a process that opens the file and asks the same questions through the API. A ratio of 1 is what is
// asked: 200 ms a page, and for memory as much as the engine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '../..');
const PAGE_MS = 200;
const ROWS = 100;
const FILTERS = ['objectsRetainedByContexts', 'duplicatedStrings'];

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node bench/view/run.mjs BIG.heapsnapshot');
  process.exit(2);
}

/** Resident memory of a process now and at its peak, in bytes. */
function memory(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)[1]) * 1024;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

/** Processor time that a process has used, in milliseconds: on a busy machine it says more than the clock. */
function processorTime(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Starts a program and gives the first JSON object that it prints. */
async function start(args) {
  const child = spawn(process.execPath, args, { stdio: ['ipc', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk;
    if (/\}\n$/.test(text)) break;
  }
  return { child, printed: JSON.parse(text) };
}

async function ask(url, name, args) {
  const from = performance.now();
  const response = await fetch(`${url}api/${name}?q=${encodeURIComponent(JSON.stringify(args))}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${name} ${JSON.stringify(args)}: ${text}`);
  return { ms: performance.now() - from, answer: JSON.parse(text), bytes: text.length };
}

/** Pages at the beginning, in the middle and at the end of a list of `count` rows. */
const places = (count) => [...new Set([0, Math.max(0, (count >> 1) - 50), Math.max(0, count - ROWS)])];

/** The tables, as questions: [what, name, arguments before the options, options, rows]. */
async function tables(url) {
  const one = async (...question) => (await ask(url, ...question)).answer;
  const { totals, rows } = await one('summary', [{ limit: 1000 }]);
  const [widest] = [...rows].sort((a, b) => b.count - a.count);
  const objects = (await one('find', [{ sort: 'retainedSize', limit: 200 }])).rows;
  const details = await Promise.all(objects.map(({ id }) => one('node', [id])));
  const most = (key) => details.reduce((best, node) => (node[key] > best[key] ? node : best));
  const [outer, inner] = [most('edgeCount'), most('retainerCount')];
  const children = (await one('children', [outer.id])).totals.count;
  const dominated = (await one('dominatorTree', [outer.id])).totals.count;
  const list = [];
  for (const sort of ['retainedSize', 'shallowSize', 'count', 'distance', 'constructor']) list.push(['Summary', 'summary', [], { sort }, totals.rowCount]);
  for (const filter of FILTERS) list.push([`Summary, ${filter}`, 'summary', [], { filter }, 50]);
  for (const sort of ['retainedSize', 'shallowSize', 'distance', 'name', 'id']) {
    list.push([`Objects of ${widest.constructor} (${widest.count}) by ${sort}`, 'instances', [widest.classKey], { sort }, widest.count]);
  }
  for (const sort of ['retainedSize', 'distance', 'edge', 'shallowSize']) list.push([`Containment (${children}) by ${sort}`, 'children', [outer.id], { sort }, children]);
  for (const sort of ['distance', 'retainedSize', 'edge']) list.push([`Retainers (${inner.retainerCount}) by ${sort}`, 'retainers', [inner.id], { sort }, inner.retainerCount]);
  list.push([`Dominators (${dominated})`, 'dominatorTree', [outer.id], {}, dominated]);
  list.push(['Dominators of the root', 'dominatorTree', [null], {}, 100]);
  list.push(['Search: "order"', 'find', [], { name: 'order' }, 10_000]);
  list.push(['Search: "e", by name', 'find', [], { name: 'e', sort: 'name' }, 1_000_000]);
  list.push(['Duplicate strings', 'duplicateStrings', [], {}, 10_000]);
  list.push(['Findings', 'findLeaks', [], {}, 0], ['Statistics', 'statistics', [], undefined, 0], ['Paths', 'pathsToRoot', [inner.id], { depth: 30, nodes: 60, siblings: 4 }, 0]);
  return list;
}

const ratio = (value) => value.toFixed(2).padStart(7);
const ms = (value) => String(Math.round(value)).padStart(6);

/** Asks for each page twice. What is found once is found by the first question: that is told beside the pages. */
async function measure(url, pid, list) {
  let [slowest, dearest] = [0, 0];
  console.log(`${'table'.padEnd(52)}  first ms (CPU)   pages: median, worst ms (CPU)   worst / ${PAGE_MS} ms (CPU)`);
  for (const [what, name, first, options, rows] of list) {
    const question = (offset) => [...first, ...(options ? [rows ? { ...options, offset, limit: ROWS } : options] : [])];
    const timed = async (offset) => {
      const before = processorTime(pid);
      const { ms: wall } = await ask(url, name, question(offset));
      return { wall, cpu: processorTime(pid) - before };
    };
    const begun = await timed(0);
    const times = [];
    for (let round = 0; round < 3; round++) {
      for (const offset of places(rows)) times.push(await timed(offset));
    }
    const walls = times.map(({ wall }) => wall).sort((a, b) => a - b);
    const [median, worst] = [walls[walls.length >> 1], walls.at(-1)];
    const cpu = Math.max(...times.map((one) => one.cpu));
    slowest = Math.max(slowest, worst);
    dearest = Math.max(dearest, cpu);
    console.log(`${what.slice(0, 52).padEnd(52)}  ${ms(begun.wall)} (${ms(begun.cpu)})          ${ms(median)} ${ms(worst)} (${ms(cpu)})    ${ratio(worst / PAGE_MS)} ${ratio(cpu / PAGE_MS)}`);
  }
  return { slowest, dearest };
}

const view = await start([path.join(ROOT, 'bin/heapdump-rs.js'), 'view', file, '--json']);
const { url } = view.printed;
const opened = performance.now();
await ask(url, 'statistics', []);
console.log(`analysed in ${((performance.now() - opened) / 1000).toFixed(1)} s\n`);
const atFirst = memory(view.child.pid);
const list = await tables(url);
const { slowest, dearest } = await measure(url, view.child.pid, list);
const atLast = memory(view.child.pid);
view.child.kill('SIGTERM');
await once(view.child, 'close');

const engine = await start([path.join(HERE, 'engine.mjs'), file]);
const alone = memory(engine.child.pid);
engine.child.send(list.map(([, name, first, options, rows]) => [name, [...first, ...(options ? [rows ? { ...options, limit: ROWS } : options] : [])]]));
await once(engine.child, 'message');
const asked = memory(engine.child.pid);
engine.child.kill('SIGTERM');
await once(engine.child, 'close');

const MB = (bytes) => `${Math.round(bytes / 1e6)} MB`.padStart(8);
console.log(`\nslowest page / ${PAGE_MS} ms   ${ratio(slowest / PAGE_MS)} by the clock, ${ratio(dearest / PAGE_MS)} of processor time`);
console.log(`memory: server / engine          after opening  ${MB(atFirst.now)} /${MB(alone.now)} ${ratio(atFirst.now / alone.now)}`);
console.log(`                                 after all      ${MB(atLast.now)} /${MB(asked.now)} ${ratio(atLast.now / asked.now)}`);
console.log(`                                 at the peak    ${MB(atLast.peak)} /${MB(asked.peak)} ${ratio(atLast.peak / asked.peak)}`);
