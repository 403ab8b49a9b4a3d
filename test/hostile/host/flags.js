'use strict';
// Flags of Node and V8, with a signal every second.

const os = require('node:os');
const { Skipped, demand, hostileCase } = require('./case.js');
const { dumpEachSecond, startService, tally } = require('./service.js');

/** Combinations; those of `BRIEF` are also in the brief run. Flags unknown to a Node are skipped there. */
const BRIEF = [
  ['--jitless'],
  ['--stress-compaction'],
  ['--inspect=0', '--enable-source-maps'],
  ['--cpu-prof', '--heap-prof'],
  ['--frozen-intrinsics', '--disable-proto=throw', '--disallow-code-generation-from-strings'],
  ['--max-old-space-size=40', '--max-semi-space-size=1'],
];

const WHOLE = [
  ['--max-lazy'],
  ['--no-lazy', '--no-flush-bytecode'],
  ['--single-threaded'],
  ['--single-threaded-gc', '--v8-pool-size=0'],
  ['--v8-pool-size=32'],
  ['--no-opt'],
  ['--always-sparkplug'],
  ['--always-turbofan'],
  ['--maglev', '--stress-maglev'],
  ['--no-use-ic'],
  ['--no-concurrent-marking', '--no-concurrent-sweeping', '--no-parallel-scavenge'],
  ['--stress-incremental-marking'],
  ['--stress-scavenge=50'],
  ['--gc-interval=2000', '--random-gc-interval=1000'],
  ['--gc-global', '--expose-gc'],
  ['--predictable'],
  ['--stress-flush-code', '--flush-bytecode'],
  ['--stress-lazy-source-positions'],
  ['--interpreted-frames-native-stack'],
  ['--perf-basic-prof', '--perf-prof'],
  ['--prof', '--no-logfile-per-isolate'],
  ['--trace-gc', '--trace-gc-verbose'],
  ['--trace-event-categories=v8,node,node.async_hooks'],
  ['--trace-opt', '--trace-deopt'],
  ['--heapsnapshot-near-heap-limit=1'],
  ['--heapsnapshot-signal=SIGHUP'],
  ['--report-on-signal', '--report-on-fatalerror'],
  ['--abort-on-uncaught-exception', '--unhandled-rejections=strict'],
  ['--throw-deprecation', '--pending-deprecation', '--trace-warnings'],
  ['--disable-proto=delete'],
  ['--experimental-vm-modules', '--experimental-wasm-modules'],
  ['--experimental-shadow-realm', '--experimental-network-inspection'],
  ['--stack-size=200'],
  ['--stack-size=3000', '--stack-trace-limit=500'],
  ['--no-node-snapshot'],
  ['--security-revert=CVE-2023-46809'],
  ['--zero-fill-buffers', '--track-heap-objects'],
  ['--inspect-port=0', '--experimental-worker-inspection'],
  ['--title=a service'],
  ['--secure-heap=65536'],
  ['--no-compilation-cache', '--rehash-snapshot', '--hash-seed=7'],
  ['--optimize-for-size', '--lite-mode'],
  ['--max-heap-size=80'],
  ['--no-memory-reducer', '--no-idle-time-scavenge'],
];

/** Number of combinations to run concurrently: they mostly wait for the next second. */
const AT_ONCE = 3;

async function underFlags(t, executable, flags, dumps) {
  await demand('this Node refuses the flags', executable, [...flags, '-e', '0'], { cwd: os.tmpdir() });
  const service = startService(t, { node: executable, execArgv: flags });
  await service.ready();
  const methods = await dumpEachSecond(service, dumps);
  await service.end();
  return tally(methods);
}

async function severalAtOnce(t, executable, combinations, dumps) {
  const outcomes = await Promise.allSettled(combinations.map((flags) => underFlags(t, executable, flags, dumps)));
  const detail = outcomes.map(({ value, reason }, i) => {
    if (reason && !(reason instanceof Skipped)) throw new Error(combinations[i].join(' '), { cause: reason });
    return reason ? `skipped (${reason.message})` : value;
  });
  if (outcomes.every(({ reason }) => reason)) throw new Skipped(detail.join('; '));
  return detail.join('; ');
}

function flagCases({ nodes, brief }) {
  const combinations = brief ? BRIEF : [...BRIEF, ...WHOLE];
  const batches = [];
  for (let i = 0; i < combinations.length; i += AT_ONCE) batches.push(combinations.slice(i, i + AT_ONCE));
  return nodes.flatMap(({ executable, version }) =>
    batches.map((batch) =>
      hostileCase(`node ${batch.map((flags) => flags.join(' ')).join(' | ')}, Node ${version}`, (t) =>
        severalAtOnce(t, executable, batch, brief ? 2 : 3),
      ),
    ),
  );
}

module.exports = { flagCases };
