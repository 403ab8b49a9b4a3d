'use strict';
// Loads the native addon: built here, or from the package of this platform.

const { libc } = require('./libc.js');

const { arch, platform } = process;

/** The builds for this platform: one, where the C library is known. A build for the other may load, by a shim, and crash later. */
function flavours() {
  const base = `${platform}-${arch}`;
  if (platform === 'win32') return [`${base}-msvc`];
  if (platform !== 'linux') return [base];
  return ({ glibc: ['gnu'], musl: ['musl'] }[libc()] ?? ['gnu', 'musl']).map((flavour) => `${base}-${flavour}`);
}

/** The names under which the addon of this platform may lie, best guess first. */
function candidates() {
  return flavours().flatMap((triple) => [`../heapdump-rs.${triple}.node`, `heapdump-rs-${triple}`]);
}

/** Node ends with a fatal error of V8 when it makes a startup snapshot of a heap that an addon holds references to. */
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
  // A file that is there but does not load is the answer; a missing one is noise beside it.
  const found = attempts.filter(({ cause }) => cause.code !== 'MODULE_NOT_FOUND');
  const listed = (found.length ? found : attempts).map(({ request, cause }) => `  ${request}: ${cause.message.split('\n')[0]}`);
  const error = new Error(
    `heapdump-rs has no native addon that loads on ${platform}-${arch}${platform === 'linux' ? ` (${libc() ?? 'libc unknown'})` : ''}, Node ${process.version}:\n` +
      `${listed.join('\n')}\n` +
      'If node_modules was made on another platform, remove it and the lock file and install again; in a checkout, run `npm run build`.',
    { cause: attempts.at(-1).cause },
  );
  error.code = 'ERR_HEAPDUMP_NO_ADDON';
  throw error;
}

module.exports = load();
