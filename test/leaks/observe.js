'use strict';
// Preloaded by sites.js: `HEAPDUMP_TEST_SITES=stacks` tracks the allocations of a program; a number samples them at this interval in
// bytes, and writes a profile beside each snapshot, as `watch({ profile })` does.

const fs = require('node:fs');
const inspector = require('node:inspector');
const v8 = require('node:v8');
const { isMainThread } = require('node:worker_threads');
const heapdump = require('../../index.js');
const { profileBeside } = require('../../lib/capture/names.js');

const { HEAPDUMP_TEST_SITES: mode } = process.env;

function track() {
  const session = new inspector.Session();
  session.connect();
  session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
}

function sampleEvery(intervalBytes) {
  const profiler = heapdump.profile();
  profiler.start({ intervalBytes });
  const { writeHeapSnapshot } = v8;
  v8.writeHeapSnapshot = (file) => {
    fs.writeFileSync(profileBeside(file), profiler.take().toHeapProfile());
    return writeHeapSnapshot(file);
  };
}

if (isMainThread) mode === 'stacks' ? track() : sampleEvery(Number(mode));
