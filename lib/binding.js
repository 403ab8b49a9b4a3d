'use strict';
// Loads the native addon: from this checkout, or from the package of this platform.

const fs = require('node:fs');
const path = require('node:path');
const DIRECTORY = require('./directory.js');
const { libc } = require('./libc.js');

const { arch, platform } = process;

/** Returns the builds for this platform. If the C library is known, only its build: one for another library may load and crash later. */
function flavours() {
  const base = `${platform}-${arch}`;
  if (platform === 'win32') return [`${base}-msvc`];
  if (platform !== 'linux') return [base];
  return ({ glibc: ['gnu'], musl: ['musl'] }[libc()] ?? ['gnu', 'musl']).map((flavour) => `${base}-${flavour}`);
}

/**
 * Returns the modules that may be the addon of this platform, the most likely one first. An error of `require` takes half a
 * millisecond, so that the file of a checkout is only named if it exists.
 */
function candidates() {
  return flavours().flatMap((triple) => {
    const local = path.join(DIRECTORY, `../heapdump-rs.${triple}.node`);
    return [...(fs.existsSync(local) ? [local] : []), `heapdump-rs-${triple}`];
  });
}

const isInstalled = (name) => {
  try {
    return Boolean(require.resolve(`${name}/package.json`));
  } catch {
    return false;
  }
};

/** Returns why no package with an addon is there, and what to do about it. */
function advice() {
  const released = Object.keys(require('../package.json').optionalDependencies ?? {});
  if (released.length === 0) return 'This copy was not released: in a checkout, run `npm run build`.';
  const fitting = flavours().map((triple) => `heapdump-rs-${triple}`);
  if (!fitting.some((name) => released.includes(name)))
    return `No addon is released for this platform. There are ${released.join(', ')}.`;
  const others = released.filter((name) => !fitting.includes(name) && isInstalled(name));
  return (
    `Install ${fitting.join(' or ')}, an optional dependency of heapdump-rs: ` +
    (others.length
      ? `there is only ${others.join(', ')}, so node_modules or the lock file was made on another platform. Remove both, and install again on this one.`
      : 'install again without --omit=optional or --no-optional. If that does not help, remove node_modules and the lock file first.')
  );
}

/** Throws while Node makes a startup snapshot. V8 ends the process with a fatal error if an addon has references to the heap. */
function refuseStartupSnapshot() {
  if (!require('node:v8').startupSnapshot?.isBuildingSnapshot()) return;
  const error = new Error(
    'heapdump-rs cannot be part of a startup snapshot (--build-snapshot): load it when the application runs, as in a function for setDeserializeMainFunction()',
  );
  error.code = 'ERR_HEAPDUMP_UNSUPPORTED';
  throw error;
}

function load() {
  refuseStartupSnapshot();
  const attempts = [];
  for (const request of candidates()) {
    try {
      return require(request);
    } catch (cause) {
      attempts.push({ request, cause });
    }
  }
  // If a file exists but does not load, only its error is reported. Missing files are irrelevant then.
  const found = attempts.filter(({ cause }) => cause.code !== 'MODULE_NOT_FOUND');
  const listed = (found.length ? found : attempts).map(({ request, cause }) => `  ${request}: ${cause.message.split('\n')[0]}`);
  const error = new Error(
    `heapdump-rs has no native addon that loads on ${platform}-${arch}${platform === 'linux' ? ` (${libc() ?? 'libc unknown'})` : ''}, Node ${process.version}:\n` +
      `${listed.join('\n')}` +
      (found.length ? '' : `\n${advice()}`),
    { cause: attempts.at(-1).cause },
  );
  error.code = 'ERR_HEAPDUMP_NO_ADDON';
  throw error;
}

module.exports = load();
