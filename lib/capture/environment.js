'use strict';
// Reads settings that the process was started with: NODE_HEAPDUMP_OPTIONS, HEAPDUMP_DIR, --diagnostic-dir.

const { OPTIONS } = require('./options.js');

const DEFAULT_SIGNAL = 'SIGUSR2';

/** The options of NODE_HEAPDUMP_OPTIONS by name, beside `signal` and `nosignal`: those of dumps, and its own. */
const TOKENS = {
  ...Object.fromEntries(Object.entries(OPTIONS).flatMap(([name, { environment }]) => (environment ? [[name, environment]] : []))),
  nowatch: { about: '`watch()` does nothing' },
};

/** The values without a token. Flags are off. */
const STANDARD = Object.fromEntries(
  Object.entries(TOKENS).flatMap(([name, { example, standard = example ? undefined : false }]) =>
    standard === undefined ? [] : [[name, standard]],
  ),
);

/**
 * Reads `NODE_HEAPDUMP_OPTIONS`, a comma-separated list as in `heapdump`: `signal` (default), `nosignal`, and beyond it the
 * options that `options.js` has for the environment, as `NAME` or `NAME=VALUE`, and `nowatch`.
 */
function readOptions(text = process.env.NODE_HEAPDUMP_OPTIONS ?? '') {
  const options = { ...STANDARD, signal: DEFAULT_SIGNAL, unrecognized: [] };
  for (const token of text.trim().split(/\s*,\s*/)) {
    if (token === '') continue;
    const [name, value] = token.split(/\s*=\s*(.*)/s, 2);
    const known = Object.hasOwn(TOKENS, name) ? TOKENS[name] : undefined;
    if (token === 'signal') options.signal = DEFAULT_SIGNAL;
    else if (token === 'nosignal') options.signal = undefined;
    else if (known && !known.example && value === undefined) options[name] = true;
    else if (known?.example && value && (known.values?.includes(value) ?? true)) options[name] = value;
    else {
      options.unrecognized.push(token);
      // An unknown level removes as much as the strictest one.
      if (known?.strictest) options[name] = known.strictest;
    }
  }
  return options;
}

/** Returns the directory for dumps without a path, if the environment of this or another process names one. */
function directoryFromEnvironment(env = process.env, execArgv = process.execArgv) {
  return readOptions(env.NODE_HEAPDUMP_OPTIONS ?? '').dir ?? (env.HEAPDUMP_DIR || diagnosticDirectory(env, execArgv));
}

/** Returns Node's own `--diagnostic-dir`, from the command line or NODE_OPTIONS. */
function diagnosticDirectory(env, execArgv) {
  const words = [...(env.NODE_OPTIONS ?? '').split(/\s+/), ...execArgv];
  let directory;
  words.forEach((word, i) => {
    const [flag, value] = word.split(/=(.*)/s, 2);
    if (flag.replaceAll('_', '-') === '--diagnostic-dir') directory = value ?? words[i + 1];
  });
  return directory || undefined;
}

module.exports = { DEFAULT_SIGNAL, TOKENS, directoryFromEnvironment, readOptions };
