'use strict';

const path = require('node:path');
const { SOURCE_ROOT, choice, sourceRoots } = require('./kit/arguments.js');
const { loadBundle } = require('./kit/bundle.js');
const { UsageError } = require('./kit/exit.js');
const { LANGUAGES } = require('./kit/languages.js');
const { App } = require('./inspect/app.js');
const { languageOf } = require('./inspect/words.js');

/** Draws on the terminal and reads its keys. Bundled from `terminal/` and its libraries by `npm run build:terminal`. */
const TERMINAL = path.resolve(__dirname, '../../terminal/dist/inspect.cjs');

/** Throws if the terminal cannot read keys or draw rows. */
function checkTerminal({ stdin, stdout, env }) {
  if (stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb') return;
  const message =
    'inspect needs a terminal for its input and output; other commands (suspects, summary, diff \u2026) print text or JSON';
  throw Object.assign(new Error(message), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
}

function loadTerminal(file = TERMINAL) {
  return loadBundle(file, { name: 'the terminal explorer', script: 'build:terminal', code: 'ERR_HEAPDUMP_NO_EXPLORER' });
}

async function run({ values, positionals: files }) {
  if (values.json)
    throw new UsageError('inspect has no --json, because it prints nothing; suspects, summary, diff and others have it');
  const roots = sourceRoots(values);
  const language = languageOf(choice(values.lang, 'lang', LANGUAGES));
  checkTerminal(process);
  const terminal = loadTerminal();
  const { open } = require('../analysis/snapshot.js');
  const { diff } = require('../analysis/diff.js');
  const { findLeaks } = require('../analysis/findings.js');
  const api = { open, diff, findLeaks: (snapshots, options) => findLeaks(snapshots, { ...options, sourceRoots: roots }) };
  const code = await terminal.run(new App(files, { language, api }), process);
  // Does not wait for running queries.
  process.exit(code);
}

module.exports = {
  usage: 'FILE [FILE2]',
  positionals: [1, 2],
  options: {
    'source-root': SOURCE_ROOT,
    lang: { type: 'string', value: 'LANG', about: `language: ${LANGUAGES.join(', ')} (that of LANG)` },
  },
  help: `Opens the terminal explorer: the views of DevTools with keys. Findings, Summary, Comparison (of two files, the older
one first), Containment, Retainers, Dominators, Statistics, duplicate strings and search. The key ? lists all keys, v shows
the contents of strings.`,
  checkTerminal,
  loadTerminal,
  run,
};
