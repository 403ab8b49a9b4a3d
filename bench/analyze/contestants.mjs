// The measured programs and their commands. Packages are installed into .cache, never into the repository.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setup } from '../../test/oracle/setup.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const cache = path.join(root, '.cache');
const hook = path.join(here, 'report.cjs');

function run(command, args, options) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
}

function installPeers() {
  const folder = path.join(cache, 'peers');
  const wanted = fs.readFileSync(path.join(here, 'peers/package.json'), 'utf8');
  const manifest = path.join(folder, 'package.json');
  const stamp = path.join(folder, 'stamp');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return manifest;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(manifest, wanted);
  // Install scripts would download a browser.
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, shell: process.platform === 'win32' });
  fs.writeFileSync(stamp, wanted);
  return manifest;
}

function buildFloor() {
  const target = path.join(cache, 'floor');
  run('cargo', ['build', '--release', '--quiet', '--manifest-path', path.join(here, 'floor/Cargo.toml'), '--target-dir', target]);
  return path.join(target, 'release', process.platform === 'win32' ? 'floor.exe' : 'floor');
}

function node(script, args, heapMegabytes) {
  const flags = heapMegabytes ? [`--max-old-space-size=${heapMegabytes}`] : [];
  return { command: process.execPath, args: [...flags, '-r', hook, script, ...args] };
}

/**
 * Installs and builds the programs.
 *
 * @param {object} options
 * @param {number} options.heapMegabytes heap limit of the JavaScript peers
 * @param {string} [options.native] path of a `heap-snapshot` binary (github.com/dinfuehr/heap-snapshot), if available
 * @returns {Promise<Array<{name: string, start: (file: string) => {command: string, args: string[], isSilent?: boolean}}>>} ours
 * first
 */
export async function contestants({ heapMegabytes, native }) {
  const { bundle } = await setup();
  const modules = installPeers();
  const floor = buildFloor();
  const peer =
    (name, first = modules) =>
    (file) =>
      node(path.join(here, `peers/${name}.mjs`), [first, file], heapMegabytes);
  const list = [
    { name: 'heapdump-rs', start: (file) => node(path.join(root, 'bin/heapdump-rs.js'), ['summary', file, '--json']) },
    { name: 'floor: serde_json, integers only', start: (file) => ({ command: floor, args: [file] }) },
    { name: 'Chrome DevTools worker', start: peer('devtools', bundle) },
    { name: 'heap-snapshot-toolkit', start: peer('toolkit') },
    { name: '@memlab/heap-analysis', start: peer('memlab') },
    { name: '@vscode/v8-heap-parser', start: peer('vscode') },
  ];
  if (native)
    list.splice(2, 0, {
      name: 'heap-snapshot (Rust)',
      start: (file) => ({ command: native, args: ['statistics', file], isSilent: true }),
    });
  return list;
}
