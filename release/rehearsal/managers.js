'use strict';
// The package managers, and how each installs the package without running scripts.

const fs = require('node:fs');
const path = require('node:path');

const MODULES = path.join(__dirname, '../tools/node_modules');

/** Arguments with which Node finds packages that Plug'n'Play does not write to disk. */
const PLUG_AND_PLAY = ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs'];

const npm = (major, since) => ({
  name: `npm ${major}`,
  since,
  command: [
    path.join(MODULES, `npm${major}/bin/npm-cli.js`),
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    'heapdump-rs',
  ],
  prepare: (directory, registry) => fs.writeFileSync(path.join(directory, '.npmrc'), `registry=${registry}\n`),
});

const yarn = (linker, options) => ({
  since: 18,
  command: [path.join(MODULES, '@yarnpkg/cli-dist/bin/yarn.js'), 'add', 'heapdump-rs'],
  prepare(directory, registry) {
    fs.writeFileSync(path.join(directory, 'yarn.lock'), '');
    fs.writeFileSync(
      path.join(directory, '.yarnrc.yml'),
      [
        `npmRegistryServer: ${registry}`,
        'unsafeHttpWhitelist: [127.0.0.1]',
        `nodeLinker: ${linker}`,
        'enableScripts: false',
        'enableGlobalCache: false',
        'pnpEnableEsmLoader: true',
        'enableTelemetry: false',
        'npmMinimalAgeGate: 0', // it was published a moment ago
      ].join('\n'),
    );
  },
  ...options,
});

/** In each: the lowest major version of Node that it runs on. */
const MANAGERS = [
  npm(10, 18),
  npm(11, 22),
  npm(12, 22),
  {
    name: 'pnpm',
    since: 22,
    command: [path.join(MODULES, 'pnpm/bin/pnpm.mjs'), 'add', '--ignore-scripts', 'heapdump-rs'],
    prepare(directory, registry) {
      fs.writeFileSync(path.join(directory, '.npmrc'), `registry=${registry}\n`);
      fs.writeFileSync(path.join(directory, 'pnpm-workspace.yaml'), 'minimumReleaseAge: 0\n');
    },
  },
  yarn('node-modules', { name: 'yarn' }),
  yarn('pnp', { name: 'yarn pnp', nodeArguments: PLUG_AND_PLAY, isPlugAndPlay: true }),
];

module.exports = { MANAGERS, MODULES };
