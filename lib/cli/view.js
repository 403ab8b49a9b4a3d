'use strict';

const { spawn } = require('node:child_process');
const { PROFILE, SOURCE_ROOT, choice, sourceRoots, wholeNumber } = require('./kit/arguments.js');
const { UsageError } = require('./kit/exit.js');
const { LANGUAGES, PAGE_LANGUAGE } = require('./kit/languages.js');
const { print, printJson } = require('./kit/output.js');
const { ViewServer } = require('../view/server.js');

/** The commands that open an address, by platform. */
const OPENERS = { darwin: ['open'], win32: ['cmd', '/c', 'start', '""'] };

/** Opens the page in the browser. Without a browser it prints a note, and the user can copy the address. */
function openInBrowser(url) {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', (error) => process.stderr.write(`heapdump-rs: cannot open a browser (${error.code}); copy the address\n`));
  child.unref();
}

async function run({ values, positionals: files }) {
  const port = values.port === undefined ? 0 : wholeNumber(values.port, '--port');
  if (port > 65_535) throw new UsageError('--port must be 65535 at most');
  const language = choice(values.lang, 'lang', LANGUAGES);
  const server = new ViewServer(files, {
    mayShowValues: !values['no-values'],
    language,
    sourceRoots: sourceRoots(values),
    profiles: values.profile,
  });
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  try {
    await server.listen(port);
    const { url, port: listening } = server;
    if (values.json) await printJson({ url, port: listening, pid: process.pid });
    else await print([url]);
    if (process.stderr.isTTY) process.stderr.write('Ctrl+C ends it.\n');
    if (values.open) openInBrowser(server.invite());
    // Rejects if a file cannot be read.
    await Promise.race([stopped, server.opened()]);
    await stopped;
  } finally {
    await server.close();
  }
}

module.exports = {
  usage: 'FILE...',
  positionals: [1, Infinity],
  options: {
    port: { type: 'string', value: 'N', about: 'port on 127.0.0.1; by default any free port' },
    open: { type: 'boolean', about: 'open the page in the browser' },
    'no-values': { type: 'boolean', about: 'never send contents of strings, even if the page requests them' },
    profile: PROFILE,
    'source-root': SOURCE_ROOT,
    lang: PAGE_LANGUAGE,
  },
  help: `Serves an interactive page about snapshots of one process, oldest first, to this machine only, until Ctrl+C. Prints
its address. The address is a secret: everyone who has it can read the snapshots. The page compares two snapshots, and shows
growth over three or more. It has a flame graph of allocations if a profile is beside the last snapshot, or allocation stacks
are in it. Contents of strings are sent only after the user switches them on in the page.`,
  run,
};
