'use strict';
// Interrupts computations repeatedly: `node test/hostile/interrupts.js [--count N] [--only PATTERN] [NODE...]`.
//
// Each dump must succeed, the process must survive, and its results must be right. Prints a line for each computation.

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const readline = require('node:readline');
const { cleanEnvironment } = require('../support/app.js');
const { computations } = require('./computations.js');

const PROGRAM = path.join(__dirname, 'interrupted.js');

/** Timeout of a dump of a small heap. */
const DUMP_TIMEOUT_MS = 120_000;

/** A `vm` timeout that expires during a dump aborts it. The dump is requested again. */
const MAY_FAIL = /vm with a timeout/;

/** Returns `[name, flags]` of the computations that the given major version of Node supports. */
function jobs(major, pattern = /./) {
  return [...computations]
    .filter(([name, { since, until }]) => pattern.test(name) && major >= since && major <= until)
    .flatMap(([name, { flags }]) => flags.map((list) => [name, list]));
}

/**
 * Interrupts the computation `name` until there are `count` dumps.
 *
 * @returns {Promise<{interrupts: number, failures: number, error?: string}>} the number of dumps taken in an interrupt, and of
 *   failed ones; `error`: the problem, if any
 */
async function interrupt(node, name, flags, count) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-interrupts-'));
  const child = spawn(node, [...flags, PROGRAM, name], {
    cwd: directory,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const outcome = { interrupts: 0, failures: 0 };
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const exit = ended.then(([code, signal]) => `ended (${signal ?? code}): ${stderr.slice(-2000)}`);
  const lines = readline.createInterface({ input: child.stderr });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), DUMP_TIMEOUT_MS * Math.max(2, count / 10));
  try {
    if (!stdout) await Promise.race([once(child.stdout, 'data'), ended]);
    for (let dumps = 0; dumps < count && child.exitCode === null && child.signalCode === null;) {
      const detail = nextOutcome(lines);
      child.kill('SIGUSR2');
      const file = await Promise.race([detail, ended.then(() => undefined)]);
      if (file === undefined) break;
      if (file === null) {
        outcome.failures += 1;
        if (!MAY_FAIL.test(name)) throw new Error(stderr.slice(-2000));
        continue;
      }
      dumps += 1;
      if (JSON.parse(fs.readFileSync(`${file}.json`, 'utf8')).method === 'interrupt') outcome.interrupts += 1;
      fs.unlinkSync(`${file}.json`);
      fs.unlinkSync(file);
    }
    fs.writeFileSync(path.join(directory, 'stop'), '');
    const [code, signal] = await ended;
    if (code !== 0 || signal !== null || !stdout.includes('computed')) outcome.error = await exit;
  } catch (error) {
    outcome.error = error.message;
  } finally {
    clearTimeout(watchdog);
    child.kill('SIGKILL');
    await ended;
    fs.rmSync(directory, { recursive: true, force: true });
  }
  return outcome;
}

/** Returns the file of the next dump, `null` if it fails. */
function nextOutcome(lines) {
  return new Promise((resolve) => {
    const look = (line) => {
      const written = /^heapdump-rs: wrote (.*) \(/.exec(line);
      if (!written && !/^heapdump-rs: dump failed/.test(line)) return;
      lines.off('line', look);
      resolve(written ? written[1] : null);
    };
    lines.on('line', look);
  });
}

async function main(argv) {
  let count = 200;
  let pattern;
  const nodes = [];
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--count') count = Number(argv[++i]);
    else if (argv[i] === '--only') pattern = new RegExp(argv[++i]);
    else nodes.push(argv[i]);
  }
  for (const node of nodes.length ? nodes : [process.execPath]) {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    for (const [name, flags] of jobs(Number.parseInt(version.slice(1), 10), pattern)) {
      const begun = performance.now();
      const { interrupts, failures, error } = await interrupt(node, name, flags, count);
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      const verdict = error === undefined ? 'ok' : 'FAILED';
      console.log(
        `${version}  ${verdict}  ${name}  ${flags.join(' ')}  ${interrupts} of ${count} by an interrupt, ${failures} failed, ${seconds} s`,
      );
      if (error !== undefined) {
        console.log(error);
        process.exitCode = 1;
      }
    }
  }
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { interrupt, jobs };
