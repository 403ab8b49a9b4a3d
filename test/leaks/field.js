'use strict';
// Runs programs with real packages, leaking and healthy ones, and checks the findings of `suspects`:
// `npm run test:field -- [--node EXECUTABLE] [--runs COUNT] [--only PATTERN] [--set FOLDER] [--cli FILE]`
//
// A case is a directory of test/leaks/field. It contains `leak.js` or `healthy.js`; `package.json` with exact versions, which are
// installed into .cache/field without their scripts; and `expect.json`: `leak` and, for a leak, `mention` (texts that the JSON of
// the first leak must contain) and `anyOf` (lists of texts, one of each must occur in it). If a later version is fixed,
// `fixed.json` contains its `dependencies`: with these the same program must have no finding of severity leak. The first finding
// must have the same signature in all runs.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const ROOT = path.resolve(__dirname, '../..');
const CACHE = path.join(ROOT, '.cache/field');
const PROGRAMS = ['leak.js', 'leak.mjs', 'healthy.js'];
const TIMEOUT_MS = 300_000;

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** Returns the cases of a folder, each followed by its fixed version if there is one. */
function cases(folder) {
  const names = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, 'expect.json'))).sort();
  return names.flatMap((name) => {
    const source = path.join(folder, name);
    const { dependencies } = readJson(path.join(source, 'package.json'));
    const fixed = path.join(source, 'fixed.json');
    return [
      { name, source, dependencies, expected: readJson(path.join(source, 'expect.json')) },
      ...(fs.existsSync(fixed) ? [{ name: `${name} (fixed)`, source, dependencies: readJson(fixed).dependencies, expected: { leak: false } }] : []),
    ];
  });
}

function start(executable, args, cwd) {
  const env = { ...process.env, npm_config_ignore_scripts: 'true' };
  const { status, stdout, stderr, error } = spawnSync(executable, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: 2 ** 28, env });
  if (status !== 0) throw error ?? new Error(`${[executable, ...args].join(' ')} ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout;
}

/** Copies a case into the cache, installs its packages unless they are there, and returns the folder. */
function install({ name, source, dependencies }) {
  const folder = path.join(CACHE, name.replace(/\W+/g, '-').replace(/-$/, ''));
  const manifest = path.join(folder, 'package.json');
  const wanted = JSON.stringify({ private: true, dependencies });
  const isInstalled = fs.existsSync(path.join(folder, 'installed')) && fs.readFileSync(path.join(folder, 'installed'), 'utf8') === wanted;
  fs.mkdirSync(folder, { recursive: true });
  fs.cpSync(source, folder, { recursive: true });
  fs.copyFileSync(path.join(__dirname, 'harness.js'), path.join(folder, 'harness.js'));
  fs.writeFileSync(manifest, wanted);
  if (!isInstalled) {
    start('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--legacy-peer-deps'], folder);
    fs.writeFileSync(path.join(folder, 'installed'), wanted);
  }
  return folder;
}

/** Runs the program of a case and returns the findings of `suspects` in its snapshots. */
function findings(folder, { node, cli }) {
  const out = path.join(folder, 'snapshots');
  fs.rmSync(out, { recursive: true, force: true });
  const program = PROGRAMS.find((file) => fs.existsSync(path.join(folder, file)));
  start(node, ['--expose-gc', program, out], folder);
  const snapshots = ['s1', 's2', 's3'].map((name) => path.join(out, `${name}.heapsnapshot`));
  const output = start(process.execPath, [cli, 'suspects', ...snapshots, '--json'], folder);
  fs.rmSync(out, { recursive: true });
  return JSON.parse(output).findings;
}

/** Returns the problems with the findings of one run, as text. */
function complaints(expected, found) {
  const [top, ...rest] = found.filter(({ severity }) => severity === 'leak');
  if (!expected.leak) return [top, ...rest].filter(Boolean).map(({ title }) => `is healthy, but: ${title}`);
  if (top === undefined) return ['finds no leak'];
  const text = JSON.stringify(top);
  const missing = expected.mention.filter((word) => !text.includes(word));
  const unmet = (expected.anyOf ?? []).filter((words) => !words.some((word) => text.includes(word)));
  return [...missing.map((word) => `does not mention ${word}`), ...unmet.map((words) => `mentions none of ${words.join(', ')}`)];
}

/** Runs a case several times. Returns the last title and the problems. */
function judge(one, { runs, ...options }) {
  const folder = install(one);
  const wrong = new Set();
  const signatures = new Set();
  let title = 'nothing found';
  for (let run = 0; run < runs; run++) {
    const found = findings(folder, options);
    for (const text of complaints(one.expected, found)) wrong.add(text);
    signatures.add(found[0]?.signature);
    title = found[0] ? `${found[0].severity}: ${found[0].title}` : title;
  }
  if (one.expected.leak && signatures.size > 1) wrong.add(`has ${signatures.size} signatures in ${runs} runs: ${[...signatures].join('  ')}`);
  return { title, wrong };
}

/** Judges a case, prints the result and returns whether it passed. */
function check(one, options) {
  let title = 'broken';
  let wrong;
  try {
    ({ title, wrong } = judge(one, options));
  } catch (error) {
    wrong = new Set([error.message]);
  }
  console.log(`${wrong.size === 0 ? 'ok    ' : 'FAILED'}  ${one.name}: ${title}`);
  for (const text of wrong) console.log(`        ${text}`);
  return wrong.size === 0;
}

function main() {
  const { values } = parseArgs({
    options: {
      node: { type: 'string', default: process.execPath },
      runs: { type: 'string', default: '1' },
      only: { type: 'string', default: '.' },
      set: { type: 'string', default: path.join(__dirname, 'field') },
      cli: { type: 'string', default: path.join(ROOT, 'bin/heapdump-rs.js') },
    },
  });
  const pattern = new RegExp(values.only);
  const options = { node: values.node, cli: path.resolve(values.cli), runs: Number(values.runs) };
  const results = cases(path.resolve(values.set)).filter(({ name }) => pattern.test(name)).map((one) => check(one, options));
  const failed = results.filter((isRight) => !isRight).length;
  console.log(`${results.length - failed} of ${results.length} right`);
  if (failed > 0) process.exitCode = 1;
}

if (require.main === module) main();
