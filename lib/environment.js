'use strict';
// What the process was started with: NODE_HEAPDUMP_OPTIONS, HEAPDUMP_DIR, --diagnostic-dir.

/** How a dump can be taken. */
const MODES = ['auto', 'inline', 'fork'];

/** What can be taken out of a dump, by name; the last is the strictest. */
const LEVELS = ['strings', 'strict'];

/**
 * Reads `NODE_HEAPDUMP_OPTIONS`, a comma-separated list as in `heapdump`:
 * `signal` (default), `nosignal`, and beyond it `signal=NAME`, `dir=PATH`, `mode=MODE`, `redact=WHAT`,
 * `force`, `sources`, `nowatch`, `quiet`.
 */
function readOptions(text = process.env.NODE_HEAPDUMP_OPTIONS ?? '') {
  const options = { signal: 'SIGUSR2', dir: undefined, mode: 'auto', force: false, sources: false, nowatch: false, quiet: false, unrecognized: [] };
  for (const token of text.trim().split(/\s*,\s*/)) {
    const [key, value] = token.split(/\s*=\s*(.*)/s, 2);
    if (token === '') continue;
    else if (token === 'signal') options.signal = 'SIGUSR2';
    else if (token === 'nosignal') options.signal = undefined;
    else if (token === 'nowatch') options.nowatch = true;
    else if (token === 'force') options.force = true;
    else if (token === 'sources') options.sources = true;
    else if (token === 'quiet') options.quiet = true;
    else if (key === 'signal' && value) options.signal = value;
    else if (key === 'dir' && value) options.dir = value;
    else if (key === 'mode' && MODES.includes(value)) options.mode = value;
    else if (key === 'redact' && LEVELS.includes(value)) options.redact = value;
    else {
      options.unrecognized.push(token);
      // Rather too little in the file than too much.
      if (key === 'redact') options.redact = LEVELS.at(-1);
    }
  }
  return options;
}

/** The directory for dumps without a path, if the environment, of this or another process, names one. */
function directoryFromEnvironment(env = process.env, execArgv = process.execArgv) {
  return readOptions(env.NODE_HEAPDUMP_OPTIONS ?? '').dir ?? (env.HEAPDUMP_DIR || diagnosticDirectory(env, execArgv));
}

/** Node's own `--diagnostic-dir`, from the command line or NODE_OPTIONS. */
function diagnosticDirectory(env, execArgv) {
  const words = [...(env.NODE_OPTIONS ?? '').split(/\s+/), ...execArgv];
  let directory;
  words.forEach((word, i) => {
    const [flag, value] = word.split(/=(.*)/s, 2);
    if (flag.replaceAll('_', '-') === '--diagnostic-dir') directory = value ?? words[i + 1];
  });
  return directory || undefined;
}

module.exports = { LEVELS, MODES, directoryFromEnvironment, readOptions };
