// The same functions as named ESM exports.
import heapdump from './index.js';

export const {
  writeSnapshot,
  dump,
  install,
  uninstall,
  capabilities,
  estimate,
  watch,
  memory,
  snapshot,
  open,
  openSync,
  Snapshot,
  analyze,
  analyzeSync,
  diff,
  diffSync,
  trend,
  trendSync,
  expectNoLeak,
  findLeaks,
  findLeaksSync,
  leakReport,
  leakReportSync,
  on,
  once,
  off,
} = heapdump;
export default heapdump;
