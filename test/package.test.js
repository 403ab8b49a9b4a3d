'use strict';
// The published packages: the files of the main package, the packages of the platforms, and the error if none of them is there.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const main = require('../package.json');
const { CORE, copyPublished } = require('../release/core.js');
const { highest, readElf } = require('../release/elf.js');
const { packed, published } = require('../release/packages.js');
const { TARGETS } = require('../release/targets.js');
const { ROOT, temporary } = require('./support/temporary.js');

const LONG = { timeout: 180_000 };

/** Every file of the package is one of these. */
const WANTED = [
  /^(package\.json|LICENSE|CHANGELOG\.md|README(\.zh-CN)?\.md)$/,
  /^(index|register)\.(js|mjs|d\.ts|d\.mts)$/,
  /^bin\/heapdump-rs\.js$/,
  /^lib\/([\w-]+\/)*[\w-]+\.(js|json|d\.ts)$/,
  /^docs\/(zh\/)?[\w-]+\.md$/,
  /^docs\/pictures\/[\w-]+\.svg$/,
  /^skills\/[\w-]+\/SKILL\.md$/,
  /^crates\/findings\/messages\/(en|zh)\.json$/,
  /^(terminal|mcp)\/dist\/([\w-]+\.cjs|licenses\.md)$/,
  /^web\/dist\/report\.html$/,
];

const run = (program, args, options) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], ...options });

const pack = () => packed(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT }));

test('the package holds what it needs and nothing else', LONG, () => {
  const { files, size } = pack();
  const paths = files.map((file) => file.path).filter((file) => !/^heapdump-rs\.[\w-]+\.node$/.test(file));
  assert.deepEqual(
    paths.filter((file) => !WANTED.some((pattern) => pattern.test(file))),
    [],
  );
  for (const wanted of ['index.mjs', 'register.js', 'lib/capture/capture.js', 'lib/cli/main.js', 'lib/analysis/findings.d.ts']) {
    assert.ok(paths.includes(wanted), wanted);
  }
  assert.equal(paths.includes('lib/binding.d.ts'), false, 'no declaration uses it');
  // An addon with assertions is several times as large.
  if (!process.env.HEAPDUMP_TEST_DEBUG) assert.ok(size < 5e6, `${size} bytes`);
});

test('no file of the package names a directory of this machine or a source map', LONG, () => {
  for (const { path: file } of pack().files.filter(({ path: name }) => !name.endsWith('.node'))) {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    for (const place of [ROOT, os.homedir()]) assert.equal(text.includes(`${place}/`), false, `${file} contains ${place}`);
    assert.doesNotMatch(text, /\/\/# sourceMappingURL=/, file);
  }
});

test('what is published depends only on the addons of the platforms, and runs no script', () => {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta, scripts, files } = published(TARGETS);
  assert.equal(dependencies, undefined);
  assert.equal(scripts, undefined);
  assert.deepEqual(optionalDependencies, Object.fromEntries(TARGETS.map((target) => [`${main.name}-${target.id}`, main.version])));
  assert.equal(TARGETS.length, main.napi.targets.length);
  for (const name of Object.keys(peerDependencies)) assert.equal(peerDependenciesMeta[name].optional, true, name);
  assert.equal(files.includes('*.node'), false);
  assert.ok(main.files.includes('*.node'), 'a tarball of a checkout works where it was made');
});

test('the published package loads one file beside its index, and has one instance of each module', LONG, (t) => {
  const copy = fs.realpathSync(temporary(t));
  copyPublished(copy);
  const program = `
    const heapdump = require(${JSON.stringify(copy)});
    const files = Object.keys(require.cache).filter((name) => name.endsWith('.js'));
    const { emitter } = require(${JSON.stringify(path.join(copy, 'lib/capture/events.js'))});
    heapdump.on('dump', () => {});
    heapdump.memory().then(() => console.log(JSON.stringify({ files, listeners: emitter.listenerCount("dump") })));`;
  const { files, listeners } = JSON.parse(run(process.execPath, ['-e', program], { cwd: copy }));
  assert.deepEqual(
    files.map((file) => path.relative(copy, file)),
    ['index.js', CORE],
  );
  assert.equal(listeners, 1);
});

test('the release workflow builds every platform', () => {
  const workflow = fs.readFileSync(path.join(ROOT, '.github/workflows/release.yml'), 'utf8');
  for (const { triple } of TARGETS) assert.ok(workflow.includes(triple), triple);
});

/**
 * Requires a copy of the package, with the published package.json and the given installed packages, as if on `platform`, `cpu` and
 * `libc`. Returns code and message of the error.
 */
function failure(t, { os: platform, cpu, libc }, installed = []) {
  const modules = path.join(temporary(t), 'app/node_modules');
  const copy = path.join(modules, main.name);
  fs.cpSync(path.join(ROOT, 'lib'), path.join(copy, 'lib'), { recursive: true });
  fs.writeFileSync(path.join(copy, 'lib/libc.js'), `exports.libc = () => ${JSON.stringify(libc)};`);
  fs.writeFileSync(path.join(copy, 'package.json'), JSON.stringify(published(TARGETS)));
  for (const name of installed) {
    fs.mkdirSync(path.join(modules, name));
    fs.writeFileSync(path.join(modules, name, 'package.json'), '{}');
  }
  const program = `
    for (const [name, value] of Object.entries(${JSON.stringify({ platform, arch: cpu })})) Object.defineProperty(process, name, { value });
    try { require('${main.name}/lib/binding.js'); } catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }`;
  // The exports of package.json hide the file.
  return JSON.parse(run(process.execPath, ['-e', program.replace(`${main.name}/`, `${copy}/`)], { cwd: path.dirname(modules) }));
}

test('each platform asks for its own package, which is one of those released', LONG, (t) => {
  for (const target of TARGETS) {
    const { code, message } = failure(t, target);
    assert.equal(code, 'ERR_HEAPDUMP_NO_ADDON');
    assert.match(message, new RegExp(`^Install ${target.package}, `, 'm'));
  }
});

test('an optional dependency that was left out: the error names it and the option', LONG, (t) => {
  const { message } = failure(t, { os: 'linux', cpu: 'x64', libc: 'glibc' });
  assert.match(message, /Install heapdump-rs-linux-x64-gnu, .*--omit=optional/);
});

test('node_modules of another platform: the error names the package that is there', LONG, (t) => {
  const { message } = failure(t, { os: 'linux', cpu: 'arm64', libc: 'musl' }, ['heapdump-rs-darwin-arm64']);
  assert.match(message, /Install heapdump-rs-linux-arm64-musl, .*only heapdump-rs-darwin-arm64, .*another platform/);
});

test('a platform without a release: the error lists those there are', LONG, (t) => {
  const { code, message } = failure(t, { os: 'freebsd', cpu: 'x64' });
  assert.equal(code, 'ERR_HEAPDUMP_NO_ADDON');
  assert.match(message, /No addon is released for this platform\. There are heapdump-rs-linux-x64-gnu, /);
});

test('the reader of shared objects', { skip: process.platform !== 'linux' && 'no ELF files' }, () => {
  const { glibcVersionRuntime: runtime } = process.report.getReport().header;
  const { cpu, needed, versions } = readElf(process.execPath);
  assert.equal(cpu, process.arch);
  if (runtime === undefined) return;
  assert.ok(needed.includes('libc.so.6'), needed.join());
  const floor = highest(versions, 'GLIBC');
  assert.match(floor, /^2\.\d+$/);
  assert.ok(floor.localeCompare(runtime, 'en', { numeric: true }) <= 0, `${floor} on ${runtime}`);
  assert.equal(highest(['GLIBC_2.9', 'GLIBC_2.17', 'GLIBC_PRIVATE', 'GLIBCXX_3.4'], 'GLIBC'), '2.17');
  assert.throws(() => readElf(__filename), /not a little-endian ELF/);
});
