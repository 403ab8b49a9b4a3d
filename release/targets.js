'use strict';
// The platforms that the package is released for. The list is `napi.targets` of package.json.

const { parseTriple } = require('@napi-rs/cli');
const { napi, name } = require('../package.json');

/** The lowest version of glibc that the addon works with: that of Rust's standard library. Node's own builds need 2.28. */
const GLIBC_FLOOR = '2.17';

/** The C library, as in the field `libc` of package.json. */
const LIBC = { gnu: 'glibc', musl: 'musl' };

/** Returns a target: its triple, its package and addon, and what package managers choose it by. */
function target(triple) {
  const { platformArchABI, platform, arch, abi } = parseTriple(triple);
  return {
    triple,
    id: platformArchABI,
    package: `${name}-${platformArchABI}`,
    addon: `${napi.binaryName}.${platformArchABI}.node`,
    os: platform,
    cpu: arch,
    libc: platform === 'linux' ? LIBC[abi] : undefined,
  };
}

const TARGETS = napi.targets.map(target);

/** The targets that are built and tested on Linux. The others are built by the workflow only. */
const LINUX = TARGETS.filter(({ os }) => os === 'linux');

module.exports = { GLIBC_FLOOR, LINUX, TARGETS };
