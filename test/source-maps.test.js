'use strict';
// Locations lead to original files only if the script was built from them.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { findLeaksSync } = require('../index.js');
const { temporary } = require('./support/temporary.js');

const HARNESS = path.join(__dirname, 'leaks/harness.js');

/** A module that leaks; each of its lines is mapped to the same line of the first source. */
const MODULE = `'use strict';
const entries = [];
exports.remember = function remember(value) {
  entries.push({ value, text: 'x'.repeat(100) + value });
};
//# sourceMappingURL=index.js.map
`;
const MAPPINGS = 'AAAA;AACA;AACA;AACA;AACA';

/** A project with a leaking dependency `pool`. */
function project(t, map) {
  const root = temporary(t);
  const dist = path.join(root, 'node_modules/pool/dist');
  fs.mkdirSync(dist, { recursive: true });
  fs.mkdirSync(path.join(root, 'src'));
  fs.writeFileSync(path.join(root, 'package.json'), '{"name":"app"}');
  fs.writeFileSync(path.join(root, 'node_modules/pool/package.json'), '{"name":"pool","main":"dist/index.js"}');
  fs.writeFileSync(path.join(root, 'src/index.ts'), '// the application\n'.repeat(50));
  fs.writeFileSync(path.join(dist, 'index.js'), MODULE);
  fs.writeFileSync(path.join(dist, 'index.js.map'), JSON.stringify({ version: 3, names: [], mappings: MAPPINGS, ...map }));
  fs.writeFileSync(
    path.join(root, 'main.js'),
    `const { remember } = require('pool'); require(${JSON.stringify(HARNESS)}).run(remember);`,
  );
  return root;
}

/** Returns the file named by the first finding about the project. */
function place(root) {
  const { status, stderr } = spawnSync(process.execPath, ['main.js', root], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const [top] = findLeaksSync([1, 2, 3].map((n) => path.join(root, `s${n}.heapsnapshot`)));
  const { file, line } = top.culprit.location;
  return { file: path.relative(root, file), line };
}

test('an original that is not shipped is not named', (t) => {
  assert.deepEqual(place(project(t, { sources: ['../src/index.ts'] })), { file: 'node_modules/pool/dist/index.js', line: 4 });
});

test('a file of the application is not taken for that of a dependency', (t) => {
  assert.deepEqual(place(project(t, { sources: ['../../../src/index.ts'] })), { file: 'node_modules/pool/dist/index.js', line: 4 });
});

test('an original that is shipped is named', (t) => {
  const root = project(t, { sources: ['../src/index.ts'] });
  fs.mkdirSync(path.join(root, 'node_modules/pool/src'));
  fs.writeFileSync(path.join(root, 'node_modules/pool/src/index.ts'), '\n\n\n\n\n');
  assert.deepEqual(place(root), { file: 'node_modules/pool/src/index.ts', line: 4 });
});

test('an original whose contents are in the map is named', (t) => {
  const root = project(t, { sources: ['../src/index.ts'], sourcesContent: ['\n\n\n\n\n'] });
  assert.deepEqual(place(root), { file: 'node_modules/pool/src/index.ts', line: 4 });
});
