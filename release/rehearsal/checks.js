'use strict';
// Checks of an installed package. Each throws if the package does not work.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { CORE } = require('../core.js');
const { start, succeed } = require('./process.js');

const ROOT = path.join(__dirname, '../..');

/** The class of an object that the programs keep alive, to be found in their snapshots. */
const MARKER = 'RehearsalMarker';

/** Statements of a program that keep such objects alive. */
const KEEP = `class ${MARKER} {}\nglobalThis.markers = Array.from({ length: 50 }, () => new ${MARKER}());\n`;

/** `node` in the directory: arguments, and the options of the process. */
function inDirectory({ directory, executable, nodeArguments = [], env }) {
  return [executable, (args) => [...nodeArguments, ...args], { cwd: directory, env }];
}

function write({ directory }, name, text) {
  fs.writeFileSync(path.join(directory, name), text);
  return name;
}

/** The file is a snapshot of a program with `KEEP`. */
function assertSnapshot(file) {
  assert.ok(fs.readFileSync(file, 'utf8').includes(`"${MARKER}"`));
}

/** `require`: loads the addon of the platform's package, and two files of the main package. */
async function requires(place) {
  const [node, args, options] = inDirectory(place);
  const program = write(
    place,
    'require.cjs',
    `const { fork } = require('heapdump-rs').capabilities();
    const loaded = Object.keys(require.cache);
    const addons = loaded.filter((name) => name.endsWith('.node'));
    const files = loaded.filter((name) => /heapdump-rs.(index|lib.*)[.]js$/.test(name));
    console.log(JSON.stringify({ fork, addons, files }));`,
  );
  const { fork, addons, files } = JSON.parse((await succeed(node, args([program]), options)).trim().split('\n').at(-1));
  if (place.isPlugAndPlay) assert.match(fork.reason, /Plug'n'Play/);
  else assert.equal(fork.available, true, fork.reason);
  assert.equal(addons.length, 1, addons.join());
  assert.deepEqual(
    files.map((name) => name.replace(/^.*heapdump-rs[/]/, '')),
    ['index.js', CORE],
  );
  assert.ok(addons[0].includes(`heapdump-rs-${place.id}`), `${addons[0]} is not of heapdump-rs-${place.id}`);
}

/** A service gets SIGUSR2, goes on, and says which file was written. */
async function signal(place) {
  const [node, args, options] = inDirectory(place);
  const program = write(
    place,
    'service.cjs',
    `${KEEP}
    require('heapdump-rs').on('dump', ({ path, method }) => console.log(JSON.stringify({ path, method })));
    setInterval(() => {}, 1 << 30);
    console.log('ready');`,
  );
  const service = start(node, args([program]), options);
  try {
    assert.equal(await service.line(), 'ready');
    process.kill(service.pid, 'SIGUSR2');
    const { path: file, method } = JSON.parse(await service.line());
    assert.equal(method, place.isPlugAndPlay ? 'inline' : 'fork');
    fs.renameSync(path.resolve(place.directory, file), path.join(place.directory, 'signal.heapsnapshot'));
  } finally {
    await service.end();
  }
  assertSnapshot(path.join(place.directory, 'signal.heapsnapshot'));
}

/** `import` of the default and of a name. */
async function imports(place) {
  const [node, args, options] = inDirectory(place);
  const program = write(
    place,
    'import.mjs',
    `${KEEP}
    import heapdump, { dump } from 'heapdump-rs';
    if (heapdump.dump !== dump) throw new Error('two functions');
    await dump({ path: 'import.heapsnapshot' });`,
  );
  await succeed(node, args([program]), options);
  assertSnapshot(path.join(place.directory, 'import.heapsnapshot'));
}

/** Returns the arguments for the installed command. */
async function command(place, ...rest) {
  const [node, args, options] = inDirectory(place);
  const find = `const path = require('path'), file = require.resolve('heapdump-rs/package.json');
    console.log(path.join(path.dirname(file), require(file).bin['heapdump-rs']))`;
  const bin = (await succeed(node, args(['-e', find]), options)).trim().split('\n').at(-1);
  return [node, args([bin, ...rest]), options];
}

async function summary(place) {
  const output = await succeed(...(await command(place, 'summary', 'signal.heapsnapshot', '--match', MARKER)));
  assert.match(output, new RegExp(`^.*\\b50\\b.*${MARKER}|${MARKER}.*\\b50\\b`, 'm'));
}

async function report(place) {
  await succeed(...(await command(place, 'report', 'signal.heapsnapshot', '-o', 'report.html')));
  const page = fs.readFileSync(path.join(place.directory, 'report.html'), 'utf8');
  assert.match(page, /^<!doctype html>/i);
  assert.ok(page.length > 100_000, `${page.length} characters`);
}

/** `view` serves its page. */
async function view(place) {
  const server = start(...(await command(place, 'view', 'signal.heapsnapshot')));
  try {
    const response = await fetch(await server.line());
    assert.equal(response.status, 200);
    assert.match(await response.text(), /^<!doctype html>/i);
  } finally {
    await server.end();
  }
}

/** The programs of test/types, compiled against the installed declarations. */
async function types(place) {
  if (place.isPlugAndPlay) return 'skipped'; // the compiler knows no Plug'n'Play
  const programs = path.join(place.directory, 'types');
  fs.cpSync(path.join(ROOT, 'test/types'), programs, { recursive: true });
  await succeed(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', programs], { cwd: programs });
  return undefined;
}

const CHECKS = { require: requires, SIGUSR2: signal, import: imports, summary, report, view, types };

module.exports = { CHECKS, KEEP, MARKER, assertSnapshot };
