'use strict';
// Puts the modules that `require` loads into one file of the published package, lib/core.js: Node loads one file in less than half of
// the time of forty. In place of each module, a line takes it from that file, so that each exists once.

const fs = require('node:fs');
const path = require('node:path');
const { buildSync } = require('esbuild');

const ROOT = path.join(__dirname, '..');
const CORE = 'lib/core.js';

/** A statement at the top level of a module that requires a module of the package. Functions that load one later are arrows. */
const REQUIRE = /^(?!\s|\/\/|.*=>).*\brequire\('(\.[^']+\.js)'\)/gm;

/** Returns the modules that the module `file` loads, itself first, as paths in the package. */
function loadedBy(root, file, loaded = new Set()) {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  for (const [, request] of text.matchAll(REQUIRE)) loadedBy(root, path.posix.join(path.posix.dirname(file), request), loaded);
  return loaded;
}

/** Returns the modules of the package that stay files, and are loaded when they are needed. */
function others(root, modules) {
  const files = fs.readdirSync(path.join(root, 'lib'), { recursive: true }).map((file) => path.join('lib', file));
  return [...files.filter((file) => file.endsWith('.js') && !modules.has(file)), 'package.json'];
}

/** Returns the request of `to` in the module `from`. */
function requestOf(from, to) {
  const request = path.posix.relative(path.posix.dirname(from), to);
  return request.startsWith('.') ? request : `./${request}`;
}

/** Writes lib/core.js of the package in `root`, and a line in place of each module that is in it. */
function writeCore(root) {
  const modules = loadedBy(root, 'index.js');
  const loaders = [...modules].map((file) => `exports[${JSON.stringify(file)}] = () => require('./${file}');`);
  buildSync({
    absWorkingDir: root, // comments and stacks name the modules as in the package
    stdin: { contents: loaders.join('\n'), resolveDir: root },
    outfile: path.join(root, CORE),
    bundle: true,
    platform: 'node',
    target: 'node18',
    // Relative to lib/core.js in it.
    external: others(root, modules).map((file) => path.join(root, file)),
    logLevel: 'error',
  });
  for (const file of modules) {
    const line = `module.exports = require('${requestOf(file, CORE)}')['${file}']();`;
    fs.writeFileSync(path.join(root, file), `'use strict';\n${line}\n`);
  }
}

/** Copies the package as it is published to `directory`, without its commands, and with the addon of the checkout. */
function copyPublished(directory) {
  for (const name of ['index.js', 'lib', 'package.json', 'crates/findings/messages'])
    fs.cpSync(path.join(ROOT, name), path.join(directory, name), { recursive: true });
  for (const name of fs.readdirSync(ROOT).filter((file) => file.endsWith('.node')))
    fs.copyFileSync(path.join(ROOT, name), path.join(directory, name));
  writeCore(directory);
}

module.exports = { CORE, copyPublished, writeCore };
