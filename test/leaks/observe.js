'use strict';
// Preloaded by sites.js: `HEAPDUMP_TEST_SITES=stacks` tracks the allocations of a program; a number samples them at this interval in
// bytes, and writes a profile beside each snapshot, as `watch({ profile })` does.

const fs = require('node:fs');
const v8 = require('node:v8');
const { isMainThread } = require('node:worker_threads');
const heapdump = require('../../index.js');
const { profileBeside } = require('../../lib/capture/names.js');
const session = require('../../lib/capture/session.js');

const { HEAPDUMP_TEST_SITES: mode } = process.env;

function sampleEvery(intervalBytes) {
  const profiler = heapdump.profile();
  profiler.start({ intervalBytes });
  const { writeHeapSnapshot } = v8;
  v8.writeHeapSnapshot = (file) => {
    fs.writeFileSync(profileBeside(file), profiler.take().toHeapProfile());
    return writeHeapSnapshot(file);
  };
}

if (isMainThread) {
  // Not by the inspector, which makes V8 assign ids all the time: V8 then forgets the stacks of objects that move.
  if (mode === 'stacks') session.startTracking();
  else sampleEvery(Number(mode));
}
