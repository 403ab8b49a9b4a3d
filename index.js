'use strict';
// The API of heapdump-rs. Requiring it makes SIGUSR2 write a heap snapshot. The analysis is loaded when it is first used.

require('./lib/capture/session.js'); // before a dump can be requested
const binding = require('./lib/binding.js');
const { capabilities } = require('./lib/capture/capabilities.js');
const { dump } = require('./lib/capture/dump.js');
const { emitter } = require('./lib/capture/events.js');
const { estimate } = require('./lib/capture/headroom.js');
const { install, installAtLoad, uninstall } = require('./lib/capture/signal.js');
require('./lib/capture/memory-query.js'); // before another thread sends a query
require('./lib/capture/turn.js'); // before a test fakes the timers
const { writeSnapshot } = require('./lib/capture/write-snapshot.js');

// Signals belong to the process. The main thread answers them, or a worker that calls install().
if (binding.isMainThread()) installAtLoad();

/** Returns a method of the emitter that can be chained. */
const listen = (method) => (event, listener) => {
  emitter[method](event, listener);
  return module.exports;
};

const loadAnalyze = () => require('./lib/analysis/analyze.js');
const loadDiff = () => require('./lib/analysis/diff.js');
const loadExpectNoLeak = () => require('./lib/expect-no-leak/index.js');
const loadExport = () => require('./lib/analysis/export.js');
const loadFindings = () => require('./lib/analysis/findings.js');
const loadLive = () => require('./lib/analysis/live.js');
const loadMemory = () => require('./lib/memory/index.js');
const loadRestore = () => require('./lib/capture/restore.js');
const loadWatch = () => require('./lib/capture/watch.js');
const loadPackages = () => require('./lib/analysis/packages.js');
const loadProfile = () => require('./lib/profile/profiler.js');
const loadAllocationProfile = () => require('./lib/profile/allocation-profile.js');
const loadSnapshot = () => require('./lib/analysis/snapshot.js');
const loadTrend = () => require('./lib/analysis/trend.js');

/** Returns the function `name` of a module that is loaded at the first call. */
const lazily = (name, load) => ({ [name]: (...args) => load()[name](...args) })[name];

module.exports = {
  writeSnapshot,
  dump,
  install,
  uninstall,
  capabilities,
  estimate,
  watch: lazily('watch', loadWatch),
  memory: lazily('memory', loadMemory),
  restore: lazily('restore', loadRestore),
  snapshot: lazily('snapshot', loadLive),
  open: lazily('open', loadSnapshot),
  openSync: lazily('openSync', loadSnapshot),
  get Snapshot() {
    return loadSnapshot().Snapshot;
  },
  analyze: lazily('analyze', loadAnalyze),
  analyzeSync: lazily('analyzeSync', loadAnalyze),
  diff: lazily('diff', loadDiff),
  diffSync: lazily('diffSync', loadDiff),
  trend: lazily('trend', loadTrend),
  trendSync: lazily('trendSync', loadTrend),
  expectNoLeak: lazily('expectNoLeak', loadExpectNoLeak),
  findLeaks: lazily('findLeaks', loadFindings),
  findLeaksSync: lazily('findLeaksSync', loadFindings),
  leakReport: lazily('leakReport', loadFindings),
  leakReportSync: lazily('leakReportSync', loadFindings),
  packages: lazily('packages', loadPackages),
  packagesSync: lazily('packagesSync', loadPackages),
  exportTables: lazily('exportTables', loadExport),
  profile: lazily('profile', loadProfile),
  openProfile: lazily('openProfile', loadAllocationProfile),
  on: listen('on'),
  once: listen('once'),
  off: listen('off'),
  // The name by which `events.once(heapdump, …)` of Node removes its listeners.
  removeListener: listen('removeListener'),
};
