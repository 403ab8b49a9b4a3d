'use strict';
// The instructions of the guides work: blocks of `js` are written to the files that their first lines name, and blocks of `sh`
// are run, all in one directory per page. GUIDES lists the guides.

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
const { missing } = require('./support/tools.js');

const HAS_IMAGES = process.platform === 'linux' && process.arch === 'x64';

const GUIDES = [
  ...(HAS_IMAGES ? ['tight-container.md'] : []),
  'getting-started.md',
  'memory.md',
  'production.md',
  'leak-tests.md',
  'reading-the-numbers.md',
  'from-memlab.md',
];

/** Guides with a Chinese translation. */
const TRANSLATED = ['getting-started.md', 'memory.md', 'production.md'];

// With the page of reports, which `npm run test:web` builds before it runs this.
if (fs.existsSync(path.join(ROOT, 'web/dist/report.html'))) GUIDES.push('report.md', 'view.md');

/** Watchdog of one command. */
const TIMEOUT_MS = 120_000;

const skip = missing('bash');

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
  test(`the instructions of docs/${guide} work`, { skip }, async (t) => {
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

/** Returns the programs and commands of a page, without their comments. */
function codeOf(page) {
  const code = blocks(fs.readFileSync(path.join(ROOT, 'docs', page), 'utf8')).filter(({ language }) =>
    ['js', 'sh'].includes(language),
  );
  return code.map(({ text }) => text.replace(/\s+(#|\/\/) .*/g, ''));
}

for (const guide of TRANSLATED) {
  test(`docs/zh/${guide} has the instructions of docs/${guide}`, () => {
    assert.deepEqual(codeOf(`zh/${guide}`), codeOf(guide));
  });
}

test('the failing test of docs/leak-tests.md finds the classic closure leak, with the message shown there', { skip }, async (t) => {
  const { folder, env } = workplace(t);
  const all = blocks(fs.readFileSync(path.join(ROOT, 'docs/leak-tests.md'), 'utf8'));
  const { text } = all.find((block) => block.text.startsWith('// leak.test.js\n'));
  const shown = all.find((block) => block.language === 'text' && block.text.startsWith('1 leak: ')).text;
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
  for (const line of shown
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('…'))) {
    assert.ok(general(seen).includes(general(line)), `"${line}" is not in\n${seen}`);
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

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page) =>
  new Set([...page.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading)));

test('links between pages lead to a file, and to a heading of it', () => {
  const pages = ['.', 'docs', 'docs/zh', 'docs/adr'].flatMap(pagesIn);
  for (const file of pages) {
    const page = fs.readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, target, anchor] of page.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const linked = target === '' ? path.join(ROOT, file) : path.resolve(ROOT, path.dirname(file), target);
      assert.ok(fs.existsSync(linked), `${file} links to ${target}`);
      if (anchor === undefined || !linked.endsWith('.md')) continue;
      assert.ok(anchorsOf(fs.readFileSync(linked, 'utf8')).has(anchor), `${file} links to ${target}#${anchor}`);
    }
  }
});

test('the README is short', () => {
  for (const file of ['README.md', 'README.zh-CN.md']) {
    const lines = fs.readFileSync(path.join(ROOT, file), 'utf8').trimEnd().split('\n').length;
    assert.ok(lines <= 150, `${file} has ${lines} lines; details belong in docs/`);
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
