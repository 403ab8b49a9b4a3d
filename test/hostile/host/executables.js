'use strict';
// Single executable applications: the service inside a copy of Node, with the package beside it.

const assert = require('node:assert/strict');
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { start } = require('../../support/app.js');
const { readSnapshot } = require('../../support/snapshot.js');
const { temporary } = require('../../support/temporary.js');
const { Skipped, hostileCase } = require('./case.js');
const packages = require('./packages.js');
const { dumpEachSecond, serviceOf, serviceSource, tally } = require('./service.js');

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** The `require` of the application only finds built-in modules. */
const REQUIRE = `
  const say = (is, value) => require('node:fs').writeSync(3, JSON.stringify({ is, value }) + '\\n');
  const builtIn = require;
  let code = 'none';
  try { builtIn('heapdump-rs'); } catch (error) { code = error.code; }
  say('builtin', code);
  { const require = builtIn('node:module').createRequire(process.execPath);
`;

/** Builds the executable of the program `source` in `directory`. */
function makeExecutable(executable, directory, source, config) {
  const file = (name) => path.join(directory, name);
  fs.writeFileSync(file('main.js'), source);
  fs.writeFileSync(
    file('sea.json'),
    JSON.stringify({ main: file('main.js'), output: file('app.blob'), disableExperimentalSEAWarning: true, ...config }),
  );
  const built = spawnSync(executable, ['--experimental-sea-config', file('sea.json')], { cwd: directory, encoding: 'utf8' });
  if (/bad option/.test(built.stderr)) throw new Skipped('this Node makes no single executables');
  assert.equal(built.status, 0, `${built.signal} ${built.stderr}`);
  fs.copyFileSync(executable, file('app'));
  execFileSync(process.execPath, [packages.postject(), file('app'), 'NODE_SEA_BLOB', file('app.blob'), '--sentinel-fuse', FUSE], {
    stdio: 'ignore',
  });
  return file('app');
}

async function single(t, executable, rounds, config) {
  const directory = temporary(t);
  const app = makeExecutable(executable, directory, `${REQUIRE}${serviceSource()} }`, config);
  // An executable ignores the file that is its first argument.
  const service = serviceOf(start(t, directory, '', { node: app }), directory);
  await service.ready();
  const builtin = await service.app.said('builtin');
  const methods = await dumpEachSecond(service, rounds);
  await service.end();
  return `${tally(methods)}; require() of what is not built in: ${builtin}`;
}

/** An executable that starts from one of Node's startup snapshots, and then loads the package. */
async function fromSnapshot(t, executable) {
  const directory = temporary(t);
  const load = "const load = () => require('node:module').createRequire(DIRECTORY + '/')('heapdump-rs');";
  const main = `const DIRECTORY = ${JSON.stringify(directory)}; ${load}
    require('node:v8').startupSnapshot.setDeserializeMainFunction(() => {
      try {
        load().dump({ path: DIRECTORY + '/a.heapsnapshot', mode: 'inline' }).then(({ path }) => console.log('dumped', path), ({ code }) => console.log('failed', code));
      } catch ({ code, message }) { console.log('failed', code ?? message); }
    });`;
  const app = makeExecutable(executable, directory, main, { useSnapshot: true });
  const { status, signal, stdout, stderr } = spawnSync(app, [], { cwd: directory, encoding: 'utf8' });
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
  assert.match(stdout, /^dumped \S/m, stderr);
  readSnapshot(path.join(directory, 'a.heapsnapshot'));
  return 'dumped in place';
}

function executableCases({ nodes, brief }) {
  if (process.platform !== 'linux' || brief) return [];
  return nodes
    .filter(({ major }) => major >= 20)
    .flatMap(({ executable, version }) => [
      hostileCase(`a single executable, Node ${version}`, (t) => single(t, executable, 2, {})),
      hostileCase(`a single executable with a code cache, Node ${version}`, (t) =>
        single(t, executable, 2, { useCodeCache: true }),
      ),
      hostileCase(`a single executable from a snapshot, Node ${version}`, (t) => fromSnapshot(t, executable)),
    ]);
}

module.exports = { executableCases };
