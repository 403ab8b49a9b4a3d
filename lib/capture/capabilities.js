'use strict';
// What works in this process, and why not.

const binding = require('../binding.js');
const { imageObstacle, verdictNow } = require('./fork.js');
const { obstacle } = require('./session.js');
const { installation } = require('./signal.js');

/** A plain, JSON-able object; see `index.d.ts`. */
function capabilities() {
  const host = binding.hostFeatures();
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    // Asked only if somebody looks: the first time a process is started to find out.
    get modes() {
      return ['inline', ...(verdictNow() ? [] : ['fork']), ...(imageObstacle() === undefined ? ['image'] : [])];
    },
    compression: ['gzip', 'zstd'],
    get fork() {
      return feature(!verdictNow(), verdictNow());
    },
    image: feature(imageObstacle() === undefined, imageObstacle()),
    inspector: feature(obstacle() === undefined, obstacle()),
    signal: {
      ...feature(host.libuv, process.platform === 'win32' ? 'Windows has no signals to send' : 'this host does not export libuv'),
      installed: installation() ?? null,
    },
    interrupt: {
      ...feature(host.interruptObstacle === undefined, host.interruptObstacle),
      ...(host.interruptLimitation !== undefined && { limitation: host.interruptLimitation }),
    },
  };
}

function feature(available, reason) {
  return available ? { available: true } : { available: false, reason };
}

module.exports = { capabilities };
