'use strict';
// `npm run release:packages [-- --complete]`: makes the packages that are published, in npm/: one for each addon in
// .cache/release/addons, and the main package, which names them as optional dependencies. Package managers install the one whose `os`,
// `cpu` and `libc` fit. With `--complete`, a missing addon is an error.

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const main = require('../package.json');
const { writeCore } = require('./core.js');
const { TARGETS } = require('./targets.js');
const { command } = require('./toolchain/command.js');

const ROOT = path.join(__dirname, '..');
const ADDONS = path.join(ROOT, '.cache/release/addons');
const PACKAGES = path.join(ROOT, 'npm');

/** The files that `prepack` builds. */
const BUNDLES = ['web/dist/report.html', 'terminal/dist/inspect.cjs', 'mcp/dist/server.cjs'];

/** Fields of package.json that are for developers only. */
const DEVELOPMENT = ['scripts', 'devDependencies', 'napi'];

/** Returns where the source is, if the workflow runs: provenance is only accepted if the package names the repository. */
function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env;
  return server && name ? { repository: { type: 'git', url: `git+${server}/${name}.git` } } : {};
}

function writeJson(file, value) {
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Makes the package of a platform; returns its directory. */
function makePlatformPackage(target) {
  const directory = path.join(PACKAGES, target.id);
  fs.mkdirSync(directory, { recursive: true });
  fs.copyFileSync(path.join(ADDONS, target.addon), path.join(directory, target.addon));
  fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(directory, 'LICENSE'));
  fs.writeFileSync(
    path.join(directory, 'README.md'),
    `# ${target.package}\n\nThe native addon of ${main.name} for ${target.id}. Install ${main.name}: it brings this package where it fits.\n`,
  );
  writeJson(path.join(directory, 'package.json'), {
    name: target.package,
    version: main.version,
    description: `The native addon of ${main.name} for ${target.id}`,
    license: main.license,
    ...repository(),
    engines: main.engines,
    os: [target.os],
    cpu: [target.cpu],
    ...(target.libc && { libc: [target.libc] }),
    main: target.addon,
    files: [target.addon],
  });
  return directory;
}

/** Returns package.json of the published main package, which has no binary. */
function published(targets) {
  const fields = Object.entries(main).filter(([field]) => !DEVELOPMENT.includes(field));
  return {
    ...Object.fromEntries(fields),
    ...repository(),
    files: main.files.filter((pattern) => !pattern.endsWith('.node')),
    optionalDependencies: Object.fromEntries(targets.map((target) => [target.package, main.version])),
  };
}

/** Makes the main package, of the files that `npm pack` takes; returns its directory. */
function makeMainPackage(targets, { rebuild }) {
  const directory = path.join(PACKAGES, main.name);
  fs.mkdirSync(directory, { recursive: true });
  const isBuilt = BUNDLES.every((file) => fs.existsSync(path.join(ROOT, file)));
  if (rebuild || !isBuilt)
    for (const part of ['web', 'terminal', 'mcp']) command('npm', ['run', '--silent', `build:${part}`], { cwd: ROOT });
  const listing = command('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT });
  for (const { path: file } of packed(listing).files) {
    if (file.endsWith('.node')) continue;
    fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(directory, file));
    fs.chmodSync(path.join(directory, file), file.startsWith('bin/') ? 0o755 : 0o644);
  }
  writeJson(path.join(directory, 'package.json'), published(targets));
  writeCore(directory);
  return directory;
}

/** Returns the package in the output of `npm pack --json`: a list, or since npm 12 an object by name. */
function packed(listing) {
  return Object.values(JSON.parse(listing))[0];
}

/** Makes all packages; returns their directories in the order of publication: the main package comes last. */
function makePackages({ complete = false, rebuild = true } = {}) {
  const missing = TARGETS.filter(({ addon }) => !fs.existsSync(path.join(ADDONS, addon)));
  if (complete && missing.length) throw new Error(`no addon for ${missing.map(({ id }) => id).join(', ')} in ${ADDONS}`);
  const targets = TARGETS.filter((target) => !missing.includes(target));
  if (targets.length === 0) throw new Error(`no addon in ${ADDONS}; run \`npm run release:build\``);
  fs.rmSync(PACKAGES, { recursive: true, force: true });
  return [...targets.map(makePlatformPackage), makeMainPackage(targets, { rebuild })];
}

if (require.main === module) {
  const { values } = parseArgs({ options: { complete: { type: 'boolean' } } });
  for (const directory of makePackages(values)) console.log(path.relative(ROOT, directory));
}

module.exports = { ADDONS, makePackages, packed, published };
