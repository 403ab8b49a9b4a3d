'use strict';
// Runs programs with a known answer and checks the findings of `suspects`:
// `node test/leaks/run.js [--node EXECUTABLE]... [--only PATTERN] [FOLDER]...`
//
// A directory contains programs and a `NAME.expect.json` for each. Its fields: `leak`: whether there is one; `mention`: names that
// the highest ranked finding must contain; `anyOf`: lists, one name of each must occur in it; `kind`; `not`: a kind that no finding
// may have; `suspect`: the `kind` of a finding that is not a leak, and the texts that its sentence must `mention`; `leaks`: the
// number of findings of severity leak; `versions`: the major versions of Node to run the program on, all by default. `rule`
// documents which rule the program tests. Programs write three snapshots. `single`: only the last one is used, as after a crash;
// then `quiet` means that no finding may be worse than waste.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { findLeaksSync } = require('../../index.js');

const OWN = path.join(__dirname, 'programs');
const SINGLE = path.join(__dirname, 'programs-single');
const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts'];

/** Returns the programs of a directory. */
function programs(folder) {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.expect.json')).map((name) => name.slice(0, -'.expect.json'.length));
  return names.map((name) => {
    const base = path.join(folder, name);
    const file = EXTENSIONS.map((extension) => base + extension).find((one) => fs.existsSync(one));
    return { name, file, expected: JSON.parse(fs.readFileSync(`${base}.expect.json`, 'utf8')) };
  });
}

/** Runs a program and returns its snapshots, oldest first. */
function snapshots(node, file, folder, args = [], { execArgv = [], env } = {}) {
  const options = { encoding: 'utf8', timeout: 120_000, cwd: path.dirname(file), env };
  const { status, stderr, error } = spawnSync(node, [...execArgv, file, folder, ...args], options);
  if (status !== 0) throw error ?? new Error(`${file} ended with ${status}: ${stderr}`);
  return fs.readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot')).sort().map((name) => path.join(folder, name));
}

/** Returns the problems with the findings as text; empty if there are none. */
function complaints(expected, findings) {
  const leaks = findings.filter(({ severity }) => severity === 'leak');
  const wrong = expected.leak ? [] : leaks.map(({ title }) => `is healthy, but: ${title}`);
  wrong.push(...findings.filter(({ kind }) => kind === expected.not).map(({ title }) => `finds ${expected.not}: ${title}`));
  const doubts = findings.filter(({ severity, kind }) => severity === 'suspect' && kind === expected.suspect?.kind).map(({ sentence }) => sentence);
  for (const text of expected.suspect?.mention ?? []) {
    if (!doubts.some((sentence) => sentence.includes(text))) wrong.push(`has no suspicion with ${text}: ${doubts.join(' ')}`);
  }
  if (expected.leaks !== undefined && leaks.length !== expected.leaks) {
    wrong.push(`has ${leaks.length} leaks, not ${expected.leaks}: ${leaks.map(({ title }) => title).join('; ')}`);
  }
  if (expected.quiet) wrong.push(...findings.filter(({ severity }) => severity !== 'waste').map(({ title }) => `is not quiet: ${title}`));
  if (!expected.leak && !expected.kind && !expected.mention) return wrong;
  const [top] = findings;
  if (top === undefined) return ['nothing found'];
  if (expected.leak && top.severity !== 'leak') wrong.push(`the first is only a ${top.severity}: ${top.title}`);
  if (expected.kind && top.kind !== expected.kind) wrong.push(`is ${top.kind}, not ${expected.kind}: ${top.title}`);
  const { location } = top.culprit;
  const place = location ? `${location.file}:${location.line}:${location.column}` : '';
  const output = [top.kind, top.title, top.sentence, place, ...top.path.map(({ edge, what }) => `${edge} ${what}`)].join('\n');
  for (const text of expected.mention ?? []) if (!output.includes(text)) wrong.push(`does not mention ${text}: ${top.sentence}`);
  for (const list of expected.anyOf ?? []) {
    if (!list.some((text) => output.includes(text))) wrong.push(`mentions none of ${list.join(', ')}: ${top.sentence}`);
  }
  return wrong;
}

/** Returns the major version of a Node executable. */
function majorVersion(node) {
  const { stdout, error } = spawnSync(node, ['--print', 'process.versions.node'], { encoding: 'utf8' });
  if (error) throw error;
  return Number.parseInt(stdout, 10);
}

/** Returns whether a program runs on this major version of Node. */
function runsOn({ expected: { versions } }, major) {
  return versions === undefined || versions.includes(major);
}

/** Runs and judges one program. */
function check(node, { file, expected, args }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-leaks-'));
  try {
    const all = snapshots(node, file, folder, args);
    const findings = findLeaksSync(expected.single ? all.slice(-1) : all);
    return { findings, wrong: complaints(expected, findings) };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { node: { type: 'string', multiple: true }, only: { type: 'string' }, verbose: { type: 'boolean' } },
  });
  const pattern = new RegExp(values.only ?? '.');
  let failed = 0;
  for (const node of values.node ?? [process.execPath]) {
    const major = majorVersion(node);
    for (const folder of positionals.length > 0 ? positionals.map((one) => path.resolve(one)) : [OWN, SINGLE]) {
      for (const program of programs(folder).filter(({ name }) => pattern.test(name))) {
        if (!runsOn(program, major)) {
          console.log(`skip    ${program.name}: not on Node ${major}`);
          continue;
        }
        const { wrong, findings } = check(node, program);
        console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'}  ${program.name}`);
        for (const text of wrong) console.log(`        ${text}`);
        if (values.verbose) console.log(findings.map(({ severity, kind, sentence }) => `        ${severity} ${kind}: ${sentence}`).join('\n'));
        if (wrong.length > 0) failed++;
      }
    }
  }
  if (failed > 0) {
    console.error(`${failed} failed`);
    process.exitCode = 1;
  }
}

module.exports = { OWN, SINGLE, check, complaints, majorVersion, programs, runsOn, snapshots };
if (require.main === module) main();
