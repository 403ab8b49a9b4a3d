'use strict';
// `npm run test:soak-kills [-- --rounds N] [NODE...]`: kills the child of a forked dump at a random moment, repeatedly. Each dump
// must end with a file, or with a typed error and no file; the process must be unchanged.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { onEach } = require('./on-each.js');

const children = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
const descriptors = () => fs.readdirSync('/proc/self/fd').length;

/** Kills the next `count` children, each after a random delay. Returns a function that stops waiting for one. */
function killLater(count, durationMs) {
  const seen = new Set();
  let isOver = false;
  const seek = () => {
    const pid = children().find((child) => !seen.has(child));
    if (pid) {
      seen.add(pid);
      setTimeout(() => children().includes(pid) && process.kill(pid, 'SIGKILL'), Math.random() * durationMs);
    }
    if (!isOver && seen.size < count) setImmediate(seek);
  };
  seek();
  return () => {
    isOver = true;
  };
}

async function run(rounds) {
  process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
  const heapdump = require('../../index.js');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-kills-'));
  const file = path.join(directory, 'a.heapsnapshot');
  globalThis.kept = Array.from({ length: 20_000 }, (_, i) => ({ i, text: `text ${i}` }));
  const dump = () => heapdump.dump({ path: file, overwrite: true, mode: 'fork', fallback: false });
  const { durationMs } = await dump();
  const before = descriptors();
  const tally = { complete: 0, failed: 0, wrong: 0 };
  const reasons = new Map();
  for (let round = 0; round < rounds; round++) {
    fs.rmSync(file, { force: true });
    const stop = killLater(1 + (round % 2), durationMs);
    try {
      await dump();
      JSON.parse(fs.readFileSync(file, 'utf8'));
      tally.complete += 1;
    } catch ({ code, message }) {
      tally[code === 'ERR_HEAPDUMP_CHILD' && !fs.existsSync(file) ? 'failed' : 'wrong'] += 1;
      reasons.set(message, (reasons.get(message) ?? 0) + 1);
    }
    stop();
    const left = fs.readdirSync(directory).filter((name) => name !== path.basename(file));
    if (children().length > 0 || left.length > 0 || descriptors() > before) tally.wrong += 1;
  }
  await dump();
  console.log(
    `Node ${process.version}: ${rounds} dumps whose child, or both children, were killed: ${tally.complete} complete, at the second attempt or ` +
      `before they were hit, ${tally.failed} typed errors without a file, ${tally.wrong} wrong`,
  );
  for (const [reason, count] of reasons) console.log(`  ${count} x ${reason}`);
  fs.rmSync(directory, { recursive: true, force: true });
  process.exitCode = tally.wrong === 0 ? 0 : 1;
}

onEach(__filename, 200, run);
