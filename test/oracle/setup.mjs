// Installs the oracle's packages into .cache/oracle and bundles the heap snapshot worker of
// Chrome DevTools for plain Node. Its sources are used unmodified; only three barrel modules that
// drag in unrelated parts of the front end are narrowed, and the module that formats progress
// messages is replaced by an identity function.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const cache = path.resolve(here, '../../.cache/oracle');
const bundle = path.join(cache, 'devtools-heap.mjs');

/** Version of the front end that produced the answers. */
export const DEVTOOLS_VERSION = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8')).dependencies[
  'chrome-devtools-frontend'
];

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'setup.mjs']) hash.update(fs.readFileSync(path.join(here, file)));
  return hash.digest('hex');
}

function install() {
  fs.mkdirSync(cache, { recursive: true });
  fs.copyFileSync(path.join(here, 'package.json'), path.join(cache, 'package.json'));
  const npm = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: cache,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) throw new Error('npm could not install the packages of the oracle');
}

async function build() {
  const front = path.join(cache, 'node_modules/chrome-devtools-frontend/front_end');
  const from = (file) => JSON.stringify(path.join(front, file).replaceAll('\\', '/'));
  const utilities = ['Array', 'Map', 'Number', 'String', 'TypedArray'].map((name) => `${name}Utilities`);
  const narrowed = new Map([
    [/i18n\/i18n\.js$/, 'export const i18n = {serializeUIString: (text) => text};'],
    [
      /models\/heap_snapshot\/heap_snapshot\.js$/,
      `export * as HeapSnapshotModel from ${from('models/heap_snapshot/HeapSnapshotModel.ts')};`,
    ],
    [
      /platform\/platform\.js$/,
      utilities.map((name) => `export * as ${name} from ${from(`core/platform/${name}.ts`)};`).join('\n'),
    ],
    [/text_utils\/text_utils\.js$/, `export * as TextUtils from ${from('core/text_utils/TextUtils.ts')};`],
    [/^\.\/Content(Data|Provider)\.js$/, 'export class ContentData {} export class SearchMatch {}'],
  ]);
  const sources = [...narrowed.values()];
  const plugin = {
    name: 'narrow-barrels',
    setup(build) {
      [...narrowed.keys()].forEach((filter, i) => {
        build.onResolve({ filter }, () => ({ path: String(i), namespace: 'narrowed' }));
      });
      build.onLoad({ filter: /.*/, namespace: 'narrowed' }, ({ path: i }) => ({
        contents: sources[i],
        loader: 'ts',
        resolveDir: front,
      }));
    },
  };
  const worker = 'entrypoints/heap_snapshot_worker';
  const { build: esbuild } = createRequire(path.join(cache, 'package.json'))('esbuild');
  await esbuild({
    stdin: {
      contents: [
        `export {HeapSnapshotLoader} from ${from(`${worker}/HeapSnapshotLoader.ts`)};`,
        `export {JSHeapSnapshot, SecondaryInitManager} from ${from(`${worker}/HeapSnapshot.ts`)};`,
        `export {ComparatorConfig, NodeFilter} from ${from('models/heap_snapshot/HeapSnapshotModel.ts')};`,
      ].join('\n'),
      loader: 'ts',
      resolveDir: front,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    outfile: bundle,
    plugins: [plugin],
    logLevel: 'error',
    tsconfigRaw: '{}',
  });
}

/**
 * Makes sure that the oracle is installed and bundled.
 * @returns {Promise<{module: object, require: NodeRequire, bundle: string}>} the bundled worker, a `require` that
 *   finds the oracle's packages, and the path of the bundle
 */
export async function setup() {
  const stamp = path.join(cache, 'stamp');
  const wanted = fingerprint();
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== wanted) {
    install();
    await build();
    fs.writeFileSync(stamp, wanted);
  }
  polyfill();
  return {
    module: await import(pathToFileURL(bundle).href),
    require: createRequire(path.join(cache, 'package.json')),
    bundle,
  };
}

/** The front end targets a newer browser than Node 18 and 20. */
function polyfill() {
  Promise.withResolvers ??= function withResolvers() {
    let resolve;
    let reject;
    const promise = new Promise((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
}
