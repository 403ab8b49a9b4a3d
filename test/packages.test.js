'use strict';
// `packages()`: objects planted by packages belong to these packages, however they are installed.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const heapdump = require('../index.js');
const { runSync } = require('./support/command.js');
const { temporary } = require('./support/temporary.js');

/** Number of objects that each package retains. */
const COUNT = 3000;

/** Bytes of a package besides its planted objects: its code, module, scopes. */
const MAX_OVERHEAD_BYTES = 100_000;

/**
 * Code that retains `COUNT` plain objects, arrays, strings, numbers and entries of a Map in the variable `name`, below an object of
 * the class `Planted_NAME`, by which the test finds them.
 */
const plant = (name) => `
  class Planted_${name} { constructor() { this.map = new Map(); this.list = []; } }
  const ${name} = new Planted_${name}();
  for (let i = 0; i < ${COUNT}; i++) {
    ${name}.list.push({ i, half: i + 0.5, text: '${name} number ' + i, pair: [i, '${name} item ' + i] });
    ${name}.map.set('${name} key ' + i, { value: '${name} value ' + i });
  }`;

/** Packages by directory, with their expected row: `[folder, name, version]`. */
const INSTALLED = {
  plain: ['node_modules/plain', 'plain', '1.0.0'],
  outer: ['node_modules/twice', 'twice', '2.0.0'],
  inner: ['node_modules/plain/node_modules/twice', 'twice', '4.0.0'],
  scoped: ['node_modules/@scope/scoped', '@scope/scoped', '0.1.0'],
  alias: ['node_modules/alias', 'real-name', '3.0.0'],
  pnpm: ['node_modules/.pnpm/stored@5.0.0/node_modules/stored', 'stored', '5.0.0'],
  workspace: ['packages/workspace', '@app/workspace', '0.0.1'],
};

function write(directory, name, text) {
  const file = path.join(directory, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** One number of a source map. */
function vlq(value) {
  const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    text += DIGITS[(rest & 31) | (rest > 31 ? 32 : 0)];
    rest >>>= 5;
  } while (rest > 0);
  return text;
}

/** Writes a bundle of modules, given as `{ original: code }`, with a source map line by line. */
function bundle(directory, name, modules) {
  const sources = Object.keys(modules);
  const lines = [];
  let [source, line] = [0, 0];
  const mappings = [];
  for (const [at, code] of Object.values(modules).entries()) {
    // A function around each module, as bundlers generate.
    const text = ['(() => {', ...code.split('\n'), `globalThis.keep.push(() => planted);`, '})();'];
    for (const [i, one] of text.entries()) {
      lines.push(one);
      mappings.push(vlq(0) + vlq(at - source) + vlq(i - line) + vlq(0));
      [source, line] = [at, i];
    }
  }
  // Constructors are called somewhere in their line, so the nearest mapping is at its start.
  write(directory, `${name}.map`, JSON.stringify({ version: 3, sources, names: [], mappings: mappings.join(';') }));
  return write(directory, name, `${lines.join('\n')}\n//# sourceMappingURL=${path.basename(name)}.map\n`);
}

/** An application that loads everything, and writes its heap without this package. */
function application(directory) {
  for (const [variable, [folder, name, version]] of Object.entries(INSTALLED)) {
    write(directory, `${folder}/package.json`, JSON.stringify({ name, version, main: 'index.js' }));
    write(directory, `${folder}/index.js`, `${plant(variable)}\nmodule.exports = () => ${variable};`);
  }
  write(
    directory,
    'node_modules/esm/package.json',
    '{ "name": "esm", "version": "6.0.0", "type": "module", "exports": "./index.js" }',
  );
  write(directory, 'node_modules/esm/index.js', `${plant('esm')}\nexport { esm };`);
  const planted = (name) => `${plant(name)}\n  const planted = ${name};`;
  bundle(directory, 'dist/bundle.js', {
    'webpack://app/./node_modules/twice/index.js': planted('bundled'),
    'webpack://app/./src/main.js': planted('main'),
  });
  write(directory, 'package.json', '{ "name": "app", "version": "9.0.0" }');
  return write(
    directory,
    'main.js',
    `globalThis.keep = [${Object.values(INSTALLED)
      .map(([folder]) => `require('./${folder}')`)
      .join(', ')}];
    require('./dist/bundle.js');
    ${plant('module_level')}
    keep.push(() => module_level);
    globalThis.planted_globally = { list: Array.from({ length: ${COUNT} }, (_, i) => ({ text: 'global ' + i })) };
    setTimeout(function late() {}, 1e6, Array.from({ length: ${COUNT} }, (_, i) => ({ text: 'of the timer ' + i })));
    import('esm').then(() => {
      if (process.argv[3]) keep.push(Array.from({ length: 100 }, (_, i) => ({ later: 'later ' + i })), ...Array.from({ length: 200 }, () => () => keep));
      require('v8').writeHeapSnapshot(process.argv[2]);
      process.exit();
    });`,
  );
}

let directory;
let file;
let later;
before((t) => {
  directory = temporary(t);
  const main = application(directory);
  for (const [name, ...more] of [['first'], ['later', 'more']]) {
    const { status, stderr } = spawnSync(process.execPath, [main, path.join(directory, `${name}.heapsnapshot`), ...more], {
      encoding: 'utf8',
      cwd: directory,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    assert.equal(status, 0, stderr);
  }
  [file, later] = ['first', 'later'].map((name) => path.join(directory, `${name}.heapsnapshot`));
});

/** Bytes below the planted object of this name. */
async function plantedBytes(snapshot, name) {
  const { rows } = await snapshot.find({ className: `Planted_${name}` });
  const [planted] = rows.filter(({ type }) => type === 'object').sort((a, b) => b.retainedSize - a.retainedSize);
  return planted.retainedSize;
}

const rowOf = (rows, name, version) => rows.find((row) => row.package === name && row.version === version);

test('objects belong to the package whose code made them, at least 99 % of the bytes', async () => {
  const snapshot = await heapdump.open(file);
  const { rows, totals } = await heapdump.packages(snapshot);
  assert.equal(totals.ownSize, snapshot.totalSize);
  assert.equal(totals.count, snapshot.nodeCount);
  assert.equal(totals.rowCount, rows.length);
  for (const key of ['ownSize', 'count'])
    assert.equal(
      rows.map((row) => row[key]).reduce((a, b) => a + b),
      totals[key],
      key,
    );
  const expected = {
    ...Object.fromEntries(Object.entries(INSTALLED).map(([variable, [, name, version]]) => [variable, [name, version]])),
    esm: ['esm', '6.0.0'],
  };
  // The same version of a package, bundled, is in the same row.
  const more = { outer: await plantedBytes(snapshot, 'bundled') };
  for (const [variable, [name, version]] of Object.entries(expected)) {
    const bytes = (await plantedBytes(snapshot, variable)) + (more[variable] ?? 0);
    const { ownSize } = rowOf(rows, name, version) ?? {};
    assert.ok(ownSize >= 0.99 * bytes, `${variable}: ${ownSize} of ${bytes} in ${name}@${version}`);
    assert.ok(ownSize < bytes + MAX_OVERHEAD_BYTES, `${variable}: ${ownSize} in ${name}@${version}, ${bytes} planted`);
  }
  const app = rowOf(rows, 'app', '9.0.0');
  const own = (await plantedBytes(snapshot, 'main')) + (await plantedBytes(snapshot, 'module_level'));
  assert.ok(app.ownSize >= own, 'bundled code of the application, and variables of its module');
  assert.equal(app.kind, 'application');
  assert.equal(rowOf(rows, '@app/workspace', '0.0.1').kind, 'application');
  assert.equal(rowOf(rows, 'twice', '4.0.0').kind, 'npm');
  snapshot.close();
});

test('objects held by globals or timers belong to the application that created them', async () => {
  // Without the workspace there is only one application.
  fs.renameSync(path.join(directory, 'packages/workspace/package.json'), path.join(directory, 'packages/workspace/hidden'));
  const snapshot = await heapdump.open(file);
  try {
    const { rows } = await heapdump.packages(snapshot);
    const sizes = await Promise.all(['main', 'module_level', 'workspace'].map((name) => plantedBytes(snapshot, name)));
    // An object, a string and a slot for each: at least 60 bytes.
    const held = 2 * COUNT * 60;
    const planted = sizes.reduce((a, b) => a + b);
    assert.ok(rowOf(rows, 'app', '9.0.0').ownSize >= planted + held, `${rowOf(rows, 'app', '9.0.0').ownSize} of ${planted + held}`);
  } finally {
    snapshot.close();
    fs.renameSync(path.join(directory, 'packages/workspace/hidden'), path.join(directory, 'packages/workspace/package.json'));
  }
});

test('two snapshots: the change of each package, those that grew most first', async () => {
  const { rows, totals } = await heapdump.packages([file, later]);
  assert.equal(
    rows.map(({ change }) => change.ownSize).reduce((a, b) => a + b),
    totals.ownSizeChange,
  );
  const growth = rows.map(({ change }) => change.ownSize);
  assert.deepEqual(
    growth,
    [...growth].sort((a, b) => b - a),
  );
  assert.ok(rowOf(rows, 'app', '9.0.0').change.count >= 200);
  assert.equal(rowOf(rows, 'plain', '1.0.0').change.count, 0);
  const reversed = await heapdump.packages([later, file], { sort: 'package', limit: 2, offset: 1 });
  assert.equal(reversed.rows.length, 2);
  assert.equal(reversed.totals.ownSizeChange, -totals.ownSizeChange);
});

test('without the files of the application the paths still say which package', async (t) => {
  const elsewhere = temporary(t);
  const moved = path.join(elsewhere, 'moved.heapsnapshot');
  const gone = `${directory}-gone`;
  fs.copyFileSync(file, moved);
  fs.renameSync(directory, gone);
  try {
    const { rows } = heapdump.packagesSync(moved);
    assert.ok(rowOf(rows, 'stored', '5.0.0'), 'the folder of pnpm has the version');
    assert.ok(rowOf(rows, 'twice', null) && rowOf(rows, 'alias', null), JSON.stringify(rows));
    const mapped = heapdump.packagesSync(moved, { sourceRoots: { [directory]: gone } });
    assert.ok(rowOf(mapped.rows, 'real-name', '3.0.0') && rowOf(mapped.rows, 'twice', '4.0.0'), JSON.stringify(mapped.rows));
  } finally {
    fs.renameSync(gone, directory);
  }
});

test('the heap of this process, now', async () => {
  const { rows, totals } = await heapdump.packages();
  assert.ok(rows.some(({ kind }) => kind === 'node') && rows.some(({ kind }) => kind === 'v8'));
  assert.equal(heapdump.packagesSync(undefined, { limit: 1 }).rows.length, 1);
  assert.equal(rows.length, totals.rowCount);
});

test('the command line prints the same', () => {
  const run = (...args) => runSync('packages', ...args);
  const { stdout, status } = run(file, '--json', '-n', '3');
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), heapdump.packagesSync(file, { limit: 3 }));
  const table = run(file, later);
  assert.match(table.stdout, /^real-name@3\.0\.0 [^\n]* 0 +0 +0$/m);
  assert.equal(run(file, '--sort', 'nothing').status, 2);
});

test('wrong arguments throw', () => {
  for (const wrong of [1, {}, [], [1]]) assert.throws(() => heapdump.packages(wrong), { code: /^ERR_INVALID_ARG/ });
  assert.throws(() => heapdump.packages(file, { sort: 'size' }), { code: 'ERR_INVALID_ARG_VALUE' });
});
