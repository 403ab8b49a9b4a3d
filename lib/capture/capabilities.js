'use strict';
// Reports the features that work in this process, and why others do not.

const binding = require('../binding.js');
const { imageObstacle, verdictNow } = require('./fork.js');
const { obstacle } = require('./session.js');
const { installation } = require('./signal.js');

/** Returns a plain object that can be converted to JSON; see `index.d.ts`. */
function capabilities() {
  const host = binding.hostFeatures();
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    // Getters, because the first access starts a process for the fork self-test.
    get modes() {
      return ['inline', ...(verdictNow() ? [] : ['fork']), ...(imageObstacle() === undefined ? ['image'] : [])];
    },
    compression: ['gzip', 'zstd'],
    encryption: ['age'],
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
