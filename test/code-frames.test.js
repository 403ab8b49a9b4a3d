'use strict';
// Findings show their code like compilers show errors.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const heapdump = require('../index.js');
const { renderFrames } = require('../lib/code-frame.js');
const { snapshots } = require('./leaks/run.js');
const { runSync } = require('./support/command.js');

const HARNESS = JSON.stringify(path.join(__dirname, 'leaks/harness.js'));

/** Programs with one leak each. */
const PROGRAMS = {
  collection: `'use strict';
class Store {
  #rows = [];
  add(row) {
    // hunter2
    this.#rows.push({ token: 'hunter3', row });
  }
}
const store = new Store();
require(${HARNESS}).run((n) => { store.add('row '.repeat(200) + n); });
`,
  closure: `'use strict';
let victim = null;
function replace() {
  const before = victim;
  const unused = () => before;
  victim = { text: 'x'.repeat(1000) + Math.random(), method() { return replace; } };
  return unused.length;
}
require(${HARNESS}).run(replace);
`,
  listener: `'use strict';
const bus = new (require('node:events'))();
bus.setMaxListeners(0);
function watch(n) {
  const body = new Array(200).fill(n + 0.5);
  bus.on('change', () => body.length);
}
require(${HARNESS}).run(watch);
`,
  timer: `'use strict';
class Poller {
  constructor(n) { this.history = new Array(200).fill(n + 0.25); }
  start() {
    setInterval(this.poll.bind(this), 30_000).unref();
  }
  poll() {}
}
require(${HARNESS}).run((n) => { new Poller(n).start(); });
`,
};

let folder;
const taken = {};
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-frames-'));
  for (const [name, text] of Object.entries(PROGRAMS)) {
    const file = path.join(folder, `${name}.js`);
    fs.writeFileSync(file, text);
    fs.mkdirSync(path.join(folder, name));
    taken[name] = { file, files: snapshots(process.execPath, file, path.join(folder, name)) };
  }
});
after(() => fs.rmSync(folder, { recursive: true }));

/** Returns the frames of the first finding, as text. */
function frames(name, options) {
  const [{ frames: found }] = heapdump.findLeaksSync(taken[name].files, options);
  return renderFrames(found, '')
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(taken[name].file, 'FILE');
}

test('a collection is shown where it is made and where it is filled', () => {
  assert.equal(
    frames('collection'),
    ` --> FILE:3:3
  |
1 | 'use strict';
2 | class Store {
3 |   #rows = [];
  |   ^^^^^^^^^^ \`#rows\` is created here
4 |   add(row) {
5 |     // hunter2
6 |     this.#rows.push({ token: 'hunter3', row });
  |     --------------- this adds to \`#rows\`
7 |   }
8 | }
  |`,
  );
});

test('a variable that no function reads is shown with the function that keeps it', () => {
  assert.equal(
    frames('closure'),
    ` --> FILE:4:9
  |
2 | let victim = null;
3 | function replace() {
4 |   const before = victim;
  |         ^^^^^^ \`before\` is kept here
5 |   const unused = () => before;
6 |   victim = { text: 'x'.repeat(1000) + Math.random(), method() { return replace; } };
  |                                                      ------ this function keeps it
7 |   return unused.length;
8 | }
  |`,
  );
});

test('a listener and a timer are shown with the call that adds them', () => {
  assert.equal(
    frames('listener'),
    ` --> FILE:6:20
  |
4 | function watch(n) {
5 |   const body = new Array(200).fill(n + 0.5);
6 |   bus.on('change', () => body.length);
  |   ------ it is added here, again and again
  |                    ^^^^^ this listener is never removed
7 | }
8 | require(${HARNESS}).run(watch);
  |`,
  );
  assert.equal(
    frames('timer'),
    ` --> FILE:7:3
  |
3 |   constructor(n) { this.history = new Array(200).fill(n + 0.25); }
4 |   start() {
5 |     setInterval(this.poll.bind(this), 30_000).unref();
  |     ----------- it is added here, again and again
6 |   }
7 |   poll() {}
  |   ^^^^ this function waits for its timers
8 | }
9 | require(${HARNESS}).run((n) => { new Poller(n).start(); });
  |`,
  );
});

test('JSON has the same lines and labels as data, and the terminal has them as text', () => {
  const { files, file } = taken.collection;
  const run = (...args) => runSync('suspects', ...files, ...args).stdout;
  const args = { name: '#rows' };
  const [{ frames: found }] = JSON.parse(run('--json')).findings;
  assert.deepEqual(found, [
    {
      location: { file, line: 3, column: 3 },
      firstLine: 1,
      lines: PROGRAMS.collection.split('\n').slice(0, 8),
      labels: [
        {
          line: 3,
          column: 3,
          length: 10,
          role: 'made',
          text: '`#rows` is created here',
          message: { id: 'label.made', args },
          isPrimary: true,
        },
        {
          line: 6,
          column: 5,
          length: 15,
          role: 'added',
          text: 'this adds to `#rows`',
          message: { id: 'label.added', args },
          isPrimary: false,
        },
      ],
    },
  ]);
  assert.match(run(), /\n {3}6 \| {5}this\.#rows\.push\(.*\n {5}\| {5}-{15} this adds to `#rows`\n/);
});

test('contents of strings and comments are hidden when the file is gone, unless they are asked for', () => {
  const { file } = taken.collection;
  fs.renameSync(file, `${file}.away`);
  try {
    const frame = frames('collection');
    assert.match(frame, /6 \| {5}this\.#rows\.push\(\{ token: '…{7}', row \}\);\n {2}\| {5}-{15} this adds to `#rows`/);
    assert.doesNotMatch(frame, /hunter/);
    assert.match(frames('collection', { showValues: true }), /hunter2[^]*hunter3/);
  } finally {
    fs.renameSync(`${file}.away`, file);
  }
});

test('contents of code cannot control the terminal', () => {
  const hostile = {
    location: { file: 'a\u001b.js', line: 9, column: 1 },
    firstLine: 9,
    lines: ['x\u0007'],
    labels: [{ line: 9, column: 1, length: 1, role: 'made', text: 'y\u001b[31m', isPrimary: true }],
  };
  const text = renderFrames([hostile], '').join('\n');
  assert.doesNotMatch(text, /[\u0007\u001b]/);
});

test('frames of one file follow each other, those of another have a header', () => {
  const frame = (file, line, isPrimary = false) => ({
    location: { file, line, column: 1 },
    firstLine: line,
    lines: ['\u4e2d = []'],
    labels: [{ line, column: 1, length: 1, role: 'made', text: 'here', isPrimary }],
  });
  assert.deepEqual(
    renderFrames([frame('a.js', 3), frame('a.js', 120, true), frame('b.js', 7)], '').map((line) => line.trimEnd()),
    [
      '   --> a.js:120:1',
      '    |',
      '  3 | \u4e2d = []',
      '    | -- here',
      '...',
      '120 | \u4e2d = []',
      '    | ^^ here',
      '   ::: b.js:7:1',
      '    |',
      '  7 | \u4e2d = []',
      '    | -- here',
      '    |',
    ],
  );
  assert.deepEqual(renderFrames([], ''), []);
});
