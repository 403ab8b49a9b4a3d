'use strict';
// What the guides tell to do works: their blocks of `js` are written to the files that their first lines name, their
// blocks of `sh` are run, all in one directory per page. A page is a guide if this list has it.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { pictures } = require('../docs/pictures/make.js');
const { cleanEnvironment } = require('./support/app.js');
const { cleanup } = require('./support/cleanup.js');
const { ROOT, temporary } = require('./support/temporary.js');

const GUIDES = ['memory.md', 'production.md', 'leak-tests.md', 'reading-the-numbers.md', 'from-memlab.md'];

// With the page of reports, which `npm run test:web` builds before it runs this.
if (fs.existsSync(path.join(ROOT, 'web/dist/report.html'))) GUIDES.push('report.md', 'view.md');

/** Watchdog of one command. */
const TIMEOUT_MS = 120_000;

const skip = process.platform === 'win32' && 'they are for a POSIX shell';

/** The fenced blocks of a page: { language, text } */
function blocks(page) {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));
}

/** A directory in which the package is installed and `npx` runs it, without asking a registry. */
function workplace(t) {
  const folder = temporary(t);
  const bin = path.join(folder, 'node_modules/.bin');
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${ROOT}/bin/heapdump-rs.js" "$@"\n`, {
    mode: 0o755,
  });
  fs.symlinkSync(process.execPath, path.join(bin, 'node'));
  const env = { ...cleanEnvironment(), PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' };
  return { folder, env };
}

/** Runs a block; one that ends in `&` goes on, once it has printed something, until the test ends. */
async function run(t, text, { folder, env }) {
  if (!text.trimEnd().endsWith('&')) {
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', text], {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    return { status, stdout, stderr };
  }
  const child = spawn('bash', ['-c', `exec ${text.trimEnd().slice(0, -1)}`], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  cleanup(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await Promise.race([once(child.stdout, 'data'), ended.then(() => assert.fail(`ended at once: ${text}`))]);
  return { status: 0 };
}

for (const guide of GUIDES) {
  test(`what docs/${guide} tells to do works`, { skip }, async (t) => {
    const place = workplace(t);
    const page = fs.readFileSync(path.join(ROOT, 'docs', guide), 'utf8');
    let commands = 0;
    for (const { language, text } of blocks(page)) {
      if (language === 'js') fs.writeFileSync(path.join(place.folder, /^\/\/ ([\w.-]+\.js)\n/.exec(text)[1]), text);
      if (language !== 'sh') continue;
      const { status, stdout, stderr } = await run(t, text, place);
      assert.equal(status, 0, `${text}\n${stdout}\n${stderr}`);
      commands += 1;
    }
    assert.ok(commands > 0);
  });
}

test('the test in the README finds the classic closure leak, and says what the README says', { skip }, async (t) => {
  for (const file of ['README.md', 'README.zh-CN.md']) {
    const { folder, env } = workplace(t);
    const all = blocks(fs.readFileSync(path.join(ROOT, file), 'utf8'));
    const { text } = all.find((block) => block.text.startsWith('// leak.test.js\n'));
    const told = all.find((block) => block.language === 'text' && block.text.startsWith('1 leak: ')).text;
    fs.writeFileSync(path.join(folder, 'leak.test.js'), text);
    const { status, stdout } = await run(t, 'node --test --test-reporter=tap leak.test.js', { folder, env });
    assert.equal(status, 1, stdout);
    // Ids and sizes differ from run to run and from Node to Node.
    const general = (output) =>
      output
        .replace(/@\d+/g, '@ID')
        .replace(/\d+ bytes/g, 'N bytes')
        .replace(/(stayed:.*)/, 'stayed');
    const seen = stdout.replace(/^ {4}/gm, '');
    for (const line of told
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes('…'))) {
      assert.ok(general(seen).includes(general(line)), `${file}: "${line}" is not in\n${seen}`);
    }
  }
});

test('pictures are those that their script draws', () => {
  for (const [file, content] of Object.entries(pictures)) {
    assert.equal(fs.readFileSync(path.join(ROOT, 'docs/pictures', file), 'utf8'), content, `run: node docs/pictures/make.js`);
  }
});

/** The pages in a directory of the repository. */
const pagesIn = (directory) =>
  fs
    .readdirSync(path.join(ROOT, directory))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(directory, name));

test('links between pages lead somewhere', () => {
  for (const file of [...pagesIn('.'), ...pagesIn('docs'), ...pagesIn('docs/adr')]) {
    const page = fs.readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, target] of page.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(fs.existsSync(path.resolve(ROOT, path.dirname(file), target)), `${file} links to ${target}`);
    }
  }
});

test('files and directories that the pages on the architecture name exist', () => {
  const deep = ['bin', 'lib', 'src', 'crates', 'web/src', 'terminal/src', 'fuzz/fuzz_targets'];
  const names = new Set(
    [
      ...['.', 'test', ...deep].flatMap((directory) =>
        fs.readdirSync(path.join(ROOT, directory), { recursive: deep.includes(directory) }),
      ),
    ].map((name) => path.basename(name)),
  );
  const exists = (name) => (/\/./.test(name) ? fs.existsSync(path.join(ROOT, name)) : names.has(path.basename(name)));
  for (const file of ['ARCHITECTURE.md', ...pagesIn('docs/adr')]) {
    const page = fs.readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, name] of page.matchAll(/`([\w./-]+(?:\/|\.(?:[cm]?js|ts|rs|md|css|toml)))`/g)) {
      assert.ok(name.includes('NAME') || exists(name), `${file} names ${name}`);
    }
  }
});
