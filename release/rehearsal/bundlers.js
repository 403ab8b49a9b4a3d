'use strict';
// Bundlers, with the package as an external module: the bundle takes a snapshot where the package is installed.

const fs = require('node:fs');
const path = require('node:path');
const { KEEP, assertSnapshot } = require('./checks.js');
const { MODULES } = require('./managers.js');
const { succeed } = require('./process.js');

const SOURCE = `import { dump } from 'heapdump-rs';
${KEEP}
dump({ path: process.argv[2] });
`;

/** Each is a program that bundles entry.mjs into bundle.cjs, run where the package is installed. */
const BUNDLERS = {
  esbuild: `require('esbuild').build({ entryPoints: ['entry.mjs'], outfile: 'bundle.cjs', bundle: true, platform: 'node', format: 'cjs', external: ['heapdump-rs'] });`,
  webpack: `require('webpack')({
      mode: 'production', target: 'node', entry: './entry.mjs', optimization: { minimize: false },
      externals: { 'heapdump-rs': 'commonjs heapdump-rs' }, output: { path: process.cwd(), filename: 'bundle.cjs' },
    }, (error, stats) => { if (error || stats.hasErrors()) throw error ?? new Error(stats.toString()); });`,
  rollup: `require('rollup').rollup({ input: 'entry.mjs', external: ['heapdump-rs'] })
      .then((bundle) => bundle.write({ file: 'bundle.cjs', format: 'cjs' }));`,
  vite: `require('vite').build({
      configFile: false, logLevel: 'error', ssr: { external: ['heapdump-rs'] },
      build: { ssr: 'entry.mjs', outDir: '.', emptyOutDir: false, minify: false, rollupOptions: { output: { format: 'cjs', entryFileNames: 'bundle.cjs' } } },
    });`,
};

/** Bundles with one of them, and runs the bundle. Throws if it takes no snapshot. */
async function bundle(name, { directory, executable, env }) {
  const file = (leaf) => path.join(directory, leaf);
  fs.rmSync(file('bundle.cjs'), { force: true });
  fs.writeFileSync(file('entry.mjs'), SOURCE);
  await succeed(executable, ['-e', BUNDLERS[name]], { cwd: directory, env: { ...env, NODE_PATH: MODULES } });
  const snapshot = file(`${name}.heapsnapshot`);
  await succeed(executable, ['bundle.cjs', snapshot], { cwd: directory, env });
  assertSnapshot(snapshot);
}

module.exports = { BUNDLERS: Object.keys(BUNDLERS), bundle };
