'use strict';
// A memory cgroup of the real kernel.

const fs = require('node:fs');
const path = require('node:path');
const { cleanup } = require('./cleanup.js');

/** Creates a memory cgroup for one test; returns `undefined` without permission. */
function makeCgroup(t) {
  for (const [root, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ]) {
    const folder = path.join(root, `heapdump-rs-test-${process.pid}`);
    try {
      fs.mkdirSync(folder);
    } catch {
      continue;
    }
    const procs = path.join(folder, 'cgroup.procs');
    cleanup(t, () => {
      for (const pid of fs.readFileSync(procs, 'utf8').trim().split('\n').filter(Boolean))
        fs.writeFileSync(path.join(root, 'cgroup.procs'), pid);
      fs.rmdirSync(folder);
    });
    if (fs.existsSync(path.join(folder, limit))) {
      return {
        add: (pid) => fs.writeFileSync(procs, String(pid)),
        limit: (bytes) => fs.writeFileSync(path.join(folder, limit), String(bytes)),
      };
    }
  }
}

module.exports = { makeCgroup };
