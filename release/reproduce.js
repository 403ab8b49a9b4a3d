'use strict';
// `node release/reproduce.js [TARGET]`: builds an addon in two different directories, from two copies of the committed source, and
// compares the bytes.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { compile } = require('./build.js');
const { LINUX } = require('./targets.js');
const { command } = require('./toolchain/command.js');

const ROOT = path.join(__dirname, '..');

/** Returns the hash of the addon built from a copy of HEAD in `directory`. */
function hashOfBuild(target, directory) {
  const source = path.join(directory, 'source');
  command('git', ['-C', ROOT, 'worktree', 'add', '--quiet', '--detach', source, 'HEAD']);
  try {
    const addon = compile(target, { source, output: path.join(directory, 'target') });
    return createHash('sha256').update(fs.readFileSync(addon)).digest('hex');
  } finally {
    command('git', ['-C', ROOT, 'worktree', 'remove', '--force', source]);
    fs.rmSync(path.join(directory, 'target'), { recursive: true, force: true });
  }
}

const [, , wanted = 'linux-x64-gnu'] = process.argv;
const target = LINUX.find(({ id }) => id === wanted);
if (!target) throw new Error(`no such target: ${wanted}`);
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-reproduce-'));
try {
  const hashes = ['first', 'second/in-a-longer-path'].map((name) => {
    const place = path.join(directory, name);
    fs.mkdirSync(place, { recursive: true });
    const hash = hashOfBuild(target, place);
    console.log(`${hash}  ${target.addon}, ${name}`);
    return hash;
  });
  console.log(hashes[0] === hashes[1] ? 'equal' : 'DIFFERENT');
  process.exitCode = hashes[0] === hashes[1] ? 0 : 1;
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}
