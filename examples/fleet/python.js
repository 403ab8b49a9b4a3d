'use strict';
// Python with pyspark and pyarrow, in .cache of this repository, and Java for Spark.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const CACHE = path.resolve(__dirname, '../../.cache/readers');
const VENV = path.join(CACHE, 'venv');
const PYTHON = path.join(VENV, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const PACKAGES = ['pyspark==4.3.0', 'pyarrow==26.0.1'];
const INSTALLED = path.join(VENV, 'installed');

function run(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Installs the packages unless these versions are installed. */
function installPackages() {
  const wanted = PACKAGES.join('\n');
  if (fs.existsSync(INSTALLED) && fs.readFileSync(INSTALLED, 'utf8') === wanted) return;
  fs.mkdirSync(CACHE, { recursive: true });
  run('python3', ['-m', 'venv', VENV]);
  run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
  fs.writeFileSync(INSTALLED, wanted);
}

const hasJava = () => spawnSync('java', ['-version']).status === 0;

/** Installs Java if it is missing and this user may. Throws otherwise. */
function installJava() {
  if (hasJava()) return;
  const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!mayInstall) throw new Error('Spark needs Java 17 or later, which is not installed; on Debian: apt-get install default-jre-headless');
  run('apt-get', ['update', '--quiet']);
  run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', 'default-jre-headless']);
}

/** Runs a program in Python, which prints JSON. Returns it. */
function runPython(script, ...args) {
  installPackages();
  return JSON.parse(run(PYTHON, [script, ...args]));
}

/** The same, for a program that needs Spark. */
function runSpark(script, ...args) {
  installJava();
  return runPython(script, ...args);
}

module.exports = { runPython, runSpark };
