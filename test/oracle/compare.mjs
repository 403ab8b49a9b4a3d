// Compares this package with Chrome DevTools: every number of every node, every view.
//
//     npm run test:oracle -- [FILE...] [--seeds=50] [--first=1] [--size=300] [--nodes=30]
//                            [--no-fixtures] [--update]
//
// Files called NAME-1, NAME-2 ... are also compared with each other, as earlier and later snapshots of one
// process. --update stores DevTools' answers about the fixtures, for `npm test`; it needs no build of this package.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import makeAdversarial from '../fixtures/make/adversarial.js';
import fixtureList from './fixtures.js';
import { DevTools } from './devtools.mjs';
import { COLUMNS, ask, canonical, choose, chooseClasses, columnDigests, compact } from './questions.mjs';
import { DEVTOOLS_VERSION } from './setup.mjs';

const { adversarial } = makeAdversarial;
const { fixtures, writeExpected } = fixtureList;

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '50' },
    first: { type: 'string', default: '1' },
    size: { type: 'string', default: '300' },
    nodes: { type: 'string', default: '30' },
    'no-fixtures': { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
  },
});

const Ours = options.update ? null : (await import('./ours.js')).default.Ours;

/** Maximum number of differences printed per snapshot. */
const SHOWN = 5;
const tally = { snapshots: 0, pairs: 0, nodes: 0, stacks: 0, answers: 0, differences: 0 };

/** Prints the first differences of a snapshot and counts all. */
class Differences {
  #name;
  #count = 0;

  constructor(name) {
    this.#name = name;
  }

  add(question, expected, actual) {
    tally.differences++;
    if (this.#count++ >= SHOWN) return;
    const at = [...expected].findIndex((character, i) => character !== actual[i]);
    const from = Math.max(0, at - 120);
    console.log(
      `${this.#name}: ${question}\n  DevTools: …${expected.slice(from, at + 200)}\n  ours:     …${actual.slice(from, at + 200)}`,
    );
  }

  get count() {
    return this.#count;
  }
}

/** Compares the stack of a node with `expected`. */
function compareStacks(id, expected, ours, differences) {
  const [theirs, own] = [expected, ours.allocationStack(id)].map(canonical);
  if (expected !== null) tally.stacks++;
  if (theirs !== own) differences.add(`allocation stack of node ${id}`, theirs, own);
}

function compareNodes(oracle, ours, differences) {
  const mine = ours.nodes();
  const stacks = oracle.hasStacks ? oracle.allocationStacks() : null;
  for (const theirs of oracle.nodes()) {
    const { value: own } = mine.next();
    if (own === undefined) return differences.add(`node ${theirs.id}`, 'a node', 'the end');
    for (const column of COLUMNS) {
      if (theirs[column] === own[column]) continue;
      differences.add(`${column} of node ${theirs.id}`, String(theirs[column]), String(own[column]));
    }
    if (stacks) compareStacks(theirs.id, stacks.next().value, ours, differences);
    tally.nodes++;
  }
  if (!mine.next().done) differences.add('nodes', 'the end', 'more nodes');
  return undefined;
}

/** Returns an answer, or the error in its place. */
function* attempt(subject, about) {
  try {
    yield* ask(subject, about);
  } catch (error) {
    yield ['(failed)', error.stack];
  }
}

/** Returns evenly chosen items up to a maximum, because retaining paths are slow in DevTools. */
function thin(list, most) {
  const step = Math.ceil(list.length / most);
  return list.filter((item, i) => i % step === 0);
}

function compareAnswers(oracle, ours, differences) {
  const about = {
    ids: thin(choose(oracle.nodes(), oracle.nodeCount, Number(options.nodes)), 2 * Number(options.nodes)),
    classKeys: chooseClasses(oracle.summary(), 12),
  };
  const mine = attempt(ours, about);
  for (const [question, expected] of ask(oracle, about)) {
    const { value: [asked, actual] = ['(nothing)', ''] } = mine.next();
    tally.answers++;
    if (question !== asked || expected !== actual) differences.add(question, expected, actual);
    if (question !== asked) return;
  }
}

/** Opens a snapshot in both and compares everything about it. */
async function compare(name, file, before) {
  const oracle = await DevTools.open(file);
  const differences = new Differences(name);
  let ours = null;
  try {
    ours = Ours.open(file);
    compareNodes(oracle, ours, differences);
    compareAnswers(oracle, ours, differences);
    if (before?.ours) {
      tally.pairs++;
      const [expected, actual] = [oracle.diff(before.oracle), ours.diff(before.ours)].map(canonical);
      if (expected !== actual) differences.add('diff', expected, actual);
    }
  } catch (error) {
    differences.add('everything', 'an answer', error.stack);
  }
  tally.snapshots++;
  const verdict = differences.count > 0 ? `${differences.count} differences` : 'equal';
  console.log(`${verdict.padEnd(16)} ${name}: ${oracle.nodeCount} nodes, ${oracle.edgeCount} edges`);
  return { oracle, ours };
}

/** DevTools' answers about a fixture, for the repository. */
function expectedOf(oracle, before) {
  const about = { ids: choose(oracle.nodes(), oracle.nodeCount, 12), classKeys: chooseClasses(oracle.summary(), 6) };
  const answers = [...ask(oracle, about)].map(([question, answer]) => [question, compact(answer)]);
  if (before) answers.push(['diff', compact(canonical(oracle.diff(before)))]);
  return {
    devtools: DEVTOOLS_VERSION,
    nodeCount: oracle.nodeCount,
    edgeCount: oracle.edgeCount,
    about,
    columns: columnDigests(oracle.nodes()),
    answers,
  };
}

async function update() {
  const opened = new Map();
  for (const fixture of fixtures()) {
    const oracle = await DevTools.open(fixture.file);
    opened.set(fixture.name, oracle);
    writeExpected(fixture, expectedOf(oracle, fixture.before && opened.get(fixture.before.name)));
    console.log(`stored the answers about ${fixture.name}`);
  }
}

async function compareFixtures() {
  const opened = new Map();
  for (const fixture of fixtures()) {
    opened.set(fixture.name, await compare(fixture.name, fixture.file, fixture.before && opened.get(fixture.before.name)));
  }
}

async function compareFiles() {
  let last = null;
  for (const file of files) {
    const [, series, number] = /^(.*?)-?(\d+)\.heapsnapshot[^/]*$/.exec(file) ?? [];
    const follows = last !== null && series === last.series && Number(number) === last.number + 1;
    const opened = await compare(file, file, follows ? last.opened : null);
    last?.opened.ours?.close();
    last = { series, number: Number(number), opened };
  }
}

async function compareSeeds() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-oracle-'));
  const first = Number(options.first);
  try {
    for (let seed = first; seed < first + Number(options.seeds); seed++) {
      const { before, after } = adversarial(seed, Number(options.size));
      const [earlier, later] = ['before', 'after'].map((name) => path.join(folder, `${name}.heapsnapshot`));
      fs.writeFileSync(earlier, before);
      fs.writeFileSync(later, after);
      const base = await compare(`seed ${seed}`, earlier, null);
      await compare(`seed ${seed}, later`, later, base);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

if (options.update) {
  await update();
} else {
  if (!options['no-fixtures']) await compareFixtures();
  await compareFiles();
  await compareSeeds();
  console.log(
    `\n${tally.snapshots} snapshots and ${tally.pairs} pairs compared with DevTools ${DEVTOOLS_VERSION}: ` +
      `${tally.nodes} nodes, ${tally.stacks} allocation stacks, ${tally.answers} answers, ${tally.differences} differences`,
  );
  if (tally.differences > 0) process.exitCode = 1;
}
