'use strict';
// A part of the hostile matrix: real applications, including addons with their own threads, dumped every second under load. The
// process must not end by itself, every result must be right, and every file complete.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { attempt } = require('./applications/trial.js');

const FOLDER = path.join(__dirname, 'applications');

const PROGRAMS = ['fastify', 'express-cluster', 'nest', 'react', 'piscina', 'sharp', 'canvas', 'argon2', 'duckdb', 'lmdb', 'swc'];

const SECONDS = 60;
const BRIEF_SECONDS = 10;

/** Installs the packages without their scripts, unless those of the lock file are installed. */
function install() {
  const lock = fs.readFileSync(path.join(FOLDER, 'package-lock.json'), 'utf8');
  const stamp = path.join(FOLDER, 'node_modules/.installed');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return;
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci in ${FOLDER} failed:\n${stderr}`);
  fs.writeFileSync(stamp, lock);
}

async function run(node, program, seconds) {
  install();
  return attempt(node, program, seconds);
}

function cases({ brief, nodes }) {
  return nodes.flatMap((node) =>
    PROGRAMS.map((program) => ({
      name: `${program}, Node ${node.version}`,
      run: () => run(node, program, brief ? BRIEF_SECONDS : SECONDS),
    })),
  );
}

module.exports = { cases };
