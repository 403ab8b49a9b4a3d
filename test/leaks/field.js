'use strict';
// Leaks of packages on npm, at the version that leaked and at one that does not: `npm run test:field`. Installs them
// into .cache/field, without their scripts.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');
const { check } = require('./run.js');

const CACHE = path.resolve(__dirname, '../../.cache/field');

/** What leaked, until when, and what the first finding must name. The issues are named in the programs. */
const PACKAGES = [
  { name: 'debug', leaks: '4.1.1', fixed: '4.3.7', expected: { leak: true, kind: 'growing-collection', mention: ['instances', 'debug'] } },
  { name: 'mem', leaks: '3.0.1', fixed: '4.3.0', expected: { leak: true, kind: 'growing-collection', mention: ['Map', 'mem'], anyOf: [['cache']] } },
  { name: 'p-timeout', program: 'p-timeout.mjs', leaks: '6.1.2', fixed: '6.1.4', expected: { leak: true, kind: 'event-listeners', mention: ['AbortSignal', 'abort', 'p-timeout/index.js'] } },
  { name: 'p-retry', program: 'p-retry.mjs', leaks: '5.1.2', fixed: '6.2.1', expected: { leak: true, kind: 'event-listeners', mention: ['AbortSignal', 'abort', 'p-retry/index.js'] } },
  { name: 'cockatiel', leaks: '3.1.1', fixed: '3.2.1', expected: { leak: true, kind: 'event-listeners', mention: ['AbortSignal', 'abort', 'cockatiel'] } },
  { name: 'component-emitter', leaks: '1.2.1', fixed: '1.3.1', expected: { leak: true, kind: 'growing-collection', mention: ['_callbacks', 'socket'] } },
];

/** Installs a version and gives the file that it is loaded from. */
function install(name, version) {
  const folder = path.join(CACHE, `${name}@${version}`);
  if (!fs.existsSync(path.join(folder, 'node_modules', name))) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n');
    const { status, stderr } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', `${name}@${version}`], { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
  const directory = path.join(folder, 'node_modules', name);
  const { exports, main = 'index.js' } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'));
  const entry = typeof exports === 'string' ? exports : exports?.default ?? (typeof exports?.['.'] === 'string' ? exports['.'] : main);
  // What `require` would find: a main may leave its ending out.
  return createRequire(path.join(directory, 'package.json')).resolve(path.join(directory, entry));
}

function main() {
  let failed = 0;
  for (const { name, program = `${name}.js`, leaks, fixed, expected } of PACKAGES) {
    const file = path.join(__dirname, 'field', program);
    for (const [version, answer] of [[leaks, expected], [fixed, { leak: false }]]) {
      const { wrong, findings } = check(process.execPath, { file, expected: answer, args: [install(name, version)] });
      console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'}  ${name}@${version}: ${findings[0] ? `${findings[0].severity}: ${findings[0].title}` : 'nothing'}`);
      for (const text of wrong) console.log(`        ${text}`);
      failed += wrong.length > 0 ? 1 : 0;
    }
  }
  if (failed > 0) process.exitCode = 1;
}

module.exports = { PACKAGES, install };
if (require.main === module) main();
