'use strict';
// `npm run release:rehearse [-- [--fast] [--only TEXT]]`: builds the packages, publishes them on a registry on loopback, installs them
// as users do, and prints a table of what passed where. Exits with 1 if anything failed.
//
// With `--fast` it packs the addon of `npm run build` instead of building one for each platform of Linux, and installs with fewer
// combinations of package manager and Node. `--only 'npm 11, Node 24'` installs with these only.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { executables, MAJORS, unsupported } = require('../test/matrix/nodes.js');
const { node: muslNode } = require('../test/musl/node.js');
const { build, CACHE } = require('./build.js');
const { ADDONS, makePackages } = require('./packages.js');
const { CHECKS: ADDON_CHECKS } = require('./rehearsal/addons.js');
const { CHECKS: ARM64_CHECKS, emulated, install: installArm64 } = require('./rehearsal/arm64.js');
const { BUNDLERS, bundle } = require('./rehearsal/bundlers.js');
const { CHECKS } = require('./rehearsal/checks.js');
const { MANAGERS, MODULES } = require('./rehearsal/managers.js');
const { environment, run, start, succeed } = require('./rehearsal/process.js');
const { Results } = require('./rehearsal/table.js');
const { LINUX } = require('./targets.js');
const { musl } = require('./toolchain/debian.js');

const ROOT = path.join(__dirname, '..');

/** Package managers and versions of Node of `--fast`: each manager once, on the newest Node but for the oldest npm. */
const FAST = { 'npm 10': ['18'], 'npm 11': ['24'], 'npm 12': ['22'], pnpm: ['26'], yarn: ['22'], 'yarn pnp': ['24'] };

/** The major version of Node that the registry and the bundlers run on. */
const TOOLS_NODE = '24';

/** The major version of Node for musl: PyPI has not all. */
const MUSL_NODE = '22';

/** Rehearses a release in a temporary directory. */
class Rehearsal {
  results = new Results();

  constructor(directory, nodes) {
    this.directory = directory;
    this.nodes = nodes;
    this.tools = nodes.find(({ label }) => label === TOOLS_NODE);
  }

  /** An empty directory, and the environment of a user with an empty home directory. */
  place(name, node) {
    const directory = path.join(this.directory, name.replaceAll(' ', '-'));
    const home = path.join(directory, 'home');
    const app = path.join(directory, 'app');
    for (const made of [home, app]) fs.mkdirSync(made, { recursive: true });
    fs.writeFileSync(path.join(app, 'package.json'), '{ "private": true }\n');
    return { directory: app, env: environment(home, node), ...node };
  }

  /** Publishes the packages; resolves to the address of the registry. */
  async publish(packages) {
    const store = path.join(this.directory, 'registry');
    fs.mkdirSync(store);
    this.registry = start(this.tools.executable, [path.join(__dirname, 'rehearsal/server.js'), store], { env: process.env });
    const address = await this.registry.line();
    const { env } = this.place('publisher', this.tools);
    fs.writeFileSync(path.join(env.HOME, '.npmrc'), `registry=${address}\n${address.replace('http:', '')}:_authToken=anyone\n`);
    for (const directory of packages) {
      const cli = path.join(MODULES, 'npm11/bin/npm-cli.js');
      await succeed(this.tools.executable, [cli, 'publish', '--ignore-scripts', '--tag=latest', directory], {
        env,
        cwd: directory,
      });
    }
    return address;
  }

  /** Installs with a package manager on a Node, and checks what a user does with the package. */
  async install(manager, node, registry) {
    const row = `${manager.name}, Node ${node.label}`;
    const place = { ...this.place(row, node), ...manager };
    const installed = await this.results.note(row, 'install', async () => {
      manager.prepare(place.directory, registry);
      await succeed(node.executable, manager.command, { cwd: place.directory, env: place.env });
    });
    if (!installed) return undefined;
    for (const [name, check] of Object.entries(CHECKS)) await this.results.note(row, name, () => check(place));
    return place;
  }

  /** Without optional dependencies there is no addon: the error has a code, and names the package. */
  async withoutOptional(registry) {
    const place = this.place('without optional dependencies', this.tools);
    await this.results.note('npm 11 --omit=optional', 'require', async () => {
      const [npm] = MANAGERS.filter(({ name }) => name === 'npm 11');
      npm.prepare(place.directory, registry);
      await succeed(place.executable, [...npm.command, '--omit=optional'], { cwd: place.directory, env: place.env });
      const { status, output } = await run(place.executable, ['-e', 'require("heapdump-rs")'], {
        cwd: place.directory,
        env: place.env,
      });
      if (status !== 1 || !/ERR_HEAPDUMP_NO_ADDON/.test(output) || !output.includes(`Install heapdump-rs-${place.id}`))
        throw new Error(output);
      return 'its error';
    });
  }

  /** Checks of package.json and of the declarations, by the tools that users know. */
  async lint(main) {
    const { env } = this.place('lint', this.tools);
    const tool = (...args) => succeed(this.tools.executable, args, { cwd: main, env });
    await this.workflows();
    await this.results.note('main package', 'publint', async () => {
      await tool(path.join(MODULES, 'publint/src/cli.js'), 'run', main, '--strict');
    });
    await this.results.note('main package', 'attw', async () => {
      await tool(path.join(MODULES, '@arethetypeswrong/cli/dist/index.js'), '--pack', main, '--no-color', '--profile', 'node16');
    });
  }

  /** Checks what was built: the files of the addons, and those for arm64 in an emulator. */
  async builds(targets, packages) {
    for (const target of targets) {
      for (const [name, check] of Object.entries(ADDON_CHECKS))
        await this.results.note(target.id, name, async () => check(target, path.join(ADDONS, target.addon)));
    }
    const { directory, env } = this.place('arm64', this.tools);
    installArm64(path.dirname(packages[0]), directory);
    const node = emulated(CACHE);
    for (const [name, check] of Object.entries(ARM64_CHECKS))
      await this.results.note('linux-arm64-gnu, emulated', name, () => check(node, { cwd: directory, env }));
  }

  /** Checks the workflows with actionlint, which does not know the newest names of runners. */
  async workflows() {
    const directory = path.join(ROOT, '.github/workflows');
    const lint = await require(path.join(MODULES, 'actionlint')).createLinter();
    for (const name of fs.readdirSync(directory)) {
      await this.results.note('workflows', name, async () => {
        const found = lint(fs.readFileSync(path.join(directory, name), 'utf8'), name).filter(({ kind }) => kind !== 'runner-label');
        if (found.length) throw new Error(JSON.stringify(found, null, 2));
      });
    }
  }

  /** Publishes the packages, and installs them with each combination of package manager and Node. */
  async installs(packages, combinations) {
    const registry = await this.publish(packages);
    let place;
    for (const [manager, node] of combinations) {
      console.log(`${manager.name} on Node ${node.label}`);
      place = (await this.install(manager, node, registry)) ?? place;
      if (manager.name === 'npm 11' && node === this.tools) {
        for (const name of BUNDLERS) await this.results.note('bundled, package external', name, () => bundle(name, place));
      }
    }
    await this.withoutOptional(registry);
  }
}

/** Installs the tools of the rehearsal, if they are not there. `npm ci` refuses a lock file without optional packages of other platforms. */
function installTools() {
  if (fs.existsSync(path.join(MODULES, '.package-lock.json'))) return;
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: path.dirname(MODULES),
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('npm install in release/tools failed');
}

/** Puts the addons into their directory: that of `npm run build`, or one for each platform of Linux. Returns their targets. */
function addons(fast) {
  fs.mkdirSync(ADDONS, { recursive: true });
  const targets = fast ? LINUX.filter(({ id }) => id === 'linux-x64-gnu') : LINUX;
  for (const target of targets) {
    if (fast) fs.copyFileSync(path.join(ROOT, target.addon), path.join(ADDONS, target.addon));
    else build(target);
  }
  for (const name of fs.readdirSync(ADDONS)) {
    if (!targets.some(({ addon }) => addon === name)) fs.rmSync(path.join(ADDONS, name));
  }
  return targets;
}

/** Returns the versions of Node to install on: those of the matrix, and one for musl. */
function nodesOf(fast) {
  const nodes = executables(MAJORS).map((executable, at) => ({ executable, label: MAJORS[at], id: 'linux-x64-gnu' }));
  if (fast) return nodes;
  const loader = path.join(musl(CACHE, 'amd64'), 'usr/lib/ld-musl-x86_64.so.1');
  return [...nodes, { ...muslNode(CACHE, MUSL_NODE, loader), label: `${MUSL_NODE} musl`, id: 'linux-x64-musl' }];
}

async function main() {
  const { fast, only } = parseArgs({
    options: { fast: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
  }).values;
  if (unsupported) return console.log(unsupported);
  installTools();
  const targets = addons(fast);
  const packages = makePackages({ rebuild: !fast });
  const nodes = nodesOf(fast);
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-release-')));
  const rehearsal = new Rehearsal(directory, nodes);
  try {
    if (!fast) await rehearsal.builds(targets, packages);
    const combinations = MANAGERS.flatMap((manager) =>
      nodes
        .filter(({ label }) => Number.parseInt(label, 10) >= manager.since && (!fast || FAST[manager.name]?.includes(label)))
        .map((node) => [manager, node])
        .filter(([, { label }]) => `${manager.name}, Node ${label}`.includes(only)),
    );
    if (!only) await rehearsal.lint(packages.at(-1));
    await rehearsal.installs(packages, combinations);
  } finally {
    await rehearsal.registry?.end();
    fs.rmSync(directory, { recursive: true, force: true });
  }
  const { failures } = rehearsal.results;
  console.log(`\n${rehearsal.results}\n`);
  const passed = fast || only ? 'All of these passed; a rehearsal without options checks more.' : 'The release would work.';
  console.log(failures.length ? `failed: ${failures.join('; ')}` : passed);
  process.exitCode = failures.length ? 1 : 0;
  return undefined;
}

main();
