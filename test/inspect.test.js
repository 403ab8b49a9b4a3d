'use strict';
// The terminal explorer without a terminal: the screen after each key. Tests with a terminal: terminal/test/.

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { App } = require('../lib/cli/inspect/app.js');
const { LANGUAGES } = require('../lib/cli/kit/languages.js');
const { languageOf, wordsOf } = require('../lib/cli/inspect/words.js');
const { checkTerminal, loadTerminal } = require('../lib/cli/inspect.js');
const { integer } = require('../lib/text.js');
const { diff, findLeaks, openSync } = require('../index.js');
const { open } = require('../lib/analysis/snapshot.js');
const { cleanup } = require('./support/cleanup.js');
const { runSync } = require('./support/command.js');
const { MARK, SECRET, writeHostile } = require('./support/hostile.js');
const { temporary } = require('./support/temporary.js');

const FIXTURES = path.join(__dirname, 'fixtures');
const [BEFORE, AFTER, OTHER] = ['node20', 'node20-later', 'node22'].map((name) => path.join(FIXTURES, `${name}.heapsnapshot.zst`));
const SIZE = { columns: 120, rows: 40 };

const textOf = (pieces) => pieces.map(({ text }) => text).join('');

/** Returns the text that a frame puts on screen. */
function texts(frame) {
  const found = [];
  const walk = (value) => {
    if (typeof value === 'string') found.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(frame);
  return found;
}

/** An explorer, driven like by a user. */
class Viewer {
  #app;
  #size;

  constructor(files, { language = 'en', size = SIZE, api } = {}) {
    this.#size = size;
    this.#app = new App(files, { language, api: { open, diff, findLeaks, ...api } });
    this.#app.onChange = () => this.#wake();
  }

  #wake = () => {};

  async load() {
    await this.#app.load();
    return this.settled();
  }

  get app() {
    return this.#app;
  }
  get frame() {
    return this.#app.frame(this.#size);
  }
  get labels() {
    return this.frame.rows.map(({ marker, depth, label }) => `${'  '.repeat(depth)}${marker} ${textOf(label)}`);
  }
  get heading() {
    return textOf(this.frame.heading);
  }
  get shown() {
    return this.frame.views.find(({ isShown }) => isShown).name;
  }
  get selected() {
    return this.frame.rows.find(({ isSelected }) => isSelected);
  }

  /** Returns the frame when everything in it has loaded. */
  async settled() {
    for (;;) {
      const changed = new Promise((resolve) => {
        this.#wake = resolve;
      });
      const { frame } = this;
      const isReading = frame.rows.some(
        ({ label }) => label[0]?.text === wordsOf('en').reading || label[0]?.text === wordsOf('zh').reading,
      );
      const isUnnamed = /^(of|\u5bf9\u8c61\uff1a) @\d+$/.test(textOf(frame.heading));
      if (!isReading && !isUnnamed) return frame;
      await changed;
    }
  }

  /** Presses keys, given by their names or characters. */
  async press(...names) {
    for (const name of names) {
      this.#app.key(name, name.length === 1 ? name : '');
      await this.settled();
    }
    return this.frame;
  }

  /** Types a text verbatim. */
  type(text) {
    for (const character of text) this.#app.key(character, character);
  }
}

async function viewer(t, files, options) {
  const one = new Viewer(files, options);
  cleanup(t, () => one.app.close());
  await one.load();
  return one;
}

/** The same file opened with the API, for comparison. */
function snapshotOf(t, file) {
  const snapshot = openSync(file);
  cleanup(t, () => snapshot.close());
  return snapshot;
}

const cells = ({ distance, shallowSize, retainedSize }) => [
  distance === null ? '\u2212' : integer(distance),
  integer(shallowSize),
  integer(retainedSize),
];
const cellsOf = ({ values }) => [values.distance, values.shallowSize, values.retainedSize];

/** Returns a row of `children()`: a reference to the object `id`. */
const edgeRow = (id, { edge = 'e', edgeType = 'property' } = {}) => ({
  edge,
  edgeType,
  id,
  name: 'X',
  type: 'object',
  distance: 1,
  rawDistance: 1,
  shallowSize: 1,
  retainedSize: 1,
});

test('the heading says what allocated the object', async (t) => {
  const file = path.join(FIXTURES, 'adversarial2.heapsnapshot.gz');
  const snapshot = openSync(file);
  t.after(() => snapshot.close());
  const { id } = snapshot.findSync().rows.find((row) => snapshot.allocationStackSync(row.id)?.length > 2);
  const [first, caller] = snapshot.allocationStackSync(id).map((frame) => frame.function || '(anonymous)');
  const one = await viewer(t, [file]);
  await one.press('/', 'tab', 'tab');
  one.type(String(id));
  await one.press('return', 'r');
  assert.ok(one.heading.includes(`allocated by ${first}`), one.heading);
  assert.ok(one.heading.includes(` \u2190 ${caller}`), one.heading);
});

test('it starts with the findings of findLeaks(), with the text of the selected one below', async (t) => {
  const one = await viewer(t, [BEFORE, AFTER]);
  assert.equal(one.shown, 'Findings');
  const findings = await findLeaks([BEFORE, AFTER]);
  if (findings.length === 0) {
    assert.deepEqual(one.labels, ['  nothing found']);
    return;
  }
  assert.deepEqual(
    one.frame.rows.map(({ label }) => label[1].text.trim()),
    findings.slice(0, one.frame.rows.length).map(({ title }) => title),
  );
  assert.equal(textOf(one.frame.detail.paragraphs[0]), findings[0].sentence);
  assert.ok(textOf(one.frame.detail.paragraphs[1]).endsWith(findings[0].fix));
  await one.press('right', 'down');
  const [step] = findings[0].path;
  assert.match(textOf(one.selected.label), new RegExp(`@${step.id}$`));
  assert.equal(textOf(one.frame.detail.paragraphs[0]), findings[0].sentence);
});

test('Summary: rows, order and numbers of the API; a constructor opens to its objects, an object to its references', async (t) => {
  const one = await viewer(t, [AFTER]);
  const api = snapshotOf(t, AFTER);
  await one.press('2');
  assert.equal(one.shown, 'Summary');
  const { rows } = api.summarySync({ limit: one.frame.rows.length });
  assert.deepEqual(
    one.frame.rows.map(({ label }) => textOf(label)),
    rows.map(({ constructor, count }) => `${constructor} \u00d7${integer(count)}`),
  );
  assert.deepEqual(one.frame.rows.map(cellsOf), rows.map(cells));

  await one.press('down', 'right', 'down');
  const [first] = api.instancesSync(rows[1].classKey, { limit: 1 }).rows;
  assert.deepEqual(cellsOf(one.selected), cells(first));
  assert.match(textOf(one.selected.label), new RegExp(`@${first.id}$`));
  await one.press('right', 'down');
  const [child] = api.childrenSync(first.id, { limit: 1 }).rows;
  assert.equal(one.selected.depth, 2);
  assert.deepEqual(cellsOf(one.selected), cells(child));

  await one.press('left', 'left');
  assert.equal(one.selected.depth, 1);
  await one.press('left', 'left');
  assert.equal(one.selected.depth, 0);
  assert.deepEqual(
    one.frame.rows.map(({ depth }) => depth),
    one.frame.rows.map(() => 0),
  );
});

test('Comparison: numbers of diff(); new objects with their owners', async (t) => {
  const one = await viewer(t, [BEFORE, AFTER]);
  await one.press('3');
  const { rows, newObjects } = await diff(BEFORE, AFTER, { newObjects: Infinity });
  const shown = one.frame.rows;
  assert.deepEqual(
    shown.map(({ label }) => textOf(label)),
    rows.slice(0, shown.length).map(({ constructor }) => constructor),
  );
  assert.deepEqual(
    shown.map(({ values }) => values.addedCount),
    rows.slice(0, shown.length).map(({ addedCount }) => integer(addedCount)),
  );
  assert.deepEqual(
    shown.map(({ values }) => values.sizeDelta),
    rows.slice(0, shown.length).map(({ sizeDelta }) => (sizeDelta > 0 ? '+' : '') + integer(sizeDelta)),
  );
  const group = newObjects.rows.find(({ constructor }) => constructor === rows[0].constructor);
  await one.press('right', 'down');
  assert.match(textOf(one.selected.label), new RegExp(`^\u00d7${integer(group.count)} retained by .*@${group.owner.id}$`));
  await one.press('right', 'down');
  assert.match(textOf(one.selected.label), new RegExp(`@${group.example.id}$`));
});

test('snapshots of two processes are compared by name, with a notice; one alone is not compared', async (t) => {
  const one = await viewer(t, [BEFORE, OTHER]);
  assert.match(one.heading, /not of one process/);
  await one.press('3');
  assert.match(one.heading, /not of one process/);
  const { rows } = await diff(BEFORE, OTHER, { by: 'name', limit: 3 });
  assert.deepEqual(
    one.frame.rows.slice(0, 3).map(({ label }) => textOf(label)),
    rows.map(({ constructor }) => constructor),
  );

  const alone = await viewer(t, [AFTER]);
  assert.deepEqual(
    [one, alone].map(({ frame }) => frame.columns.length),
    [7, 3],
  );
  await alone.press('3');
  assert.match(alone.heading, /inspect BEFORE AFTER/);
  assert.deepEqual(alone.frame.rows, []);
  await alone.press('down', 'end', 'right', 'left', 'return', 'r', 's', 'S');
});

test('Retainers of the selected object: unfolded up to the roots; back with Esc', async (t) => {
  const one = await viewer(t, [AFTER]);
  const api = snapshotOf(t, AFTER);
  await one.press('5');
  assert.match(one.heading, /press r/);
  await one.press('2', 'r');
  assert.match(one.frame.foot, /not a single object/);

  const row = api.summarySync().rows.findIndex(({ distance, constructor }) => distance > 5 && !constructor.startsWith('('));
  await one.press(...Array(row).fill('down'), 'right', 'down');
  const before = one.labels;
  await one.press('r');
  assert.equal(one.shown, 'Retainers');
  const id = Number(/@(\d+)$/.exec(one.heading)[1]);
  const { rows } = api.retainersSync(id, { limit: 5 });
  const outer = one.frame.rows.filter(({ depth }) => depth === 0);
  assert.deepEqual(outer.map(cellsOf).slice(0, 5), rows.map(cells).slice(0, outer.length));
  const chain = one.frame.rows.filter(({ depth }, i) => depth === i);
  assert.ok(chain.length > 2, one.labels.join('\n'));
  chain.reduce((at, { label }) => {
    const [next] = api.retainersSync(at, { limit: 1 }).rows;
    assert.match(textOf(label), new RegExp(` in .*@${next.id}$`));
    return next.id;
  }, id);
  // A row that the user has collapsed stays collapsed.
  await one.press('home', 'left');
  assert.equal(one.frame.rows.filter(({ depth }) => depth > 0).length, 0);
  await one.press('escape');
  assert.equal(one.shown, 'Summary');
  assert.deepEqual(one.labels, before);
});

test('Dominators, Containment, Statistics and duplicated strings have the numbers of the API', async (t) => {
  const one = await viewer(t, [AFTER]);
  const api = snapshotOf(t, AFTER);
  const count = (await one.press('6')).rows.length;
  assert.deepEqual(one.frame.rows.map(cellsOf), api.dominatorTreeSync(undefined, { limit: count }).rows.map(cells));
  await one.press('right', 'down', 'd');
  const [dominated] = api.dominatorTreeSync(api.dominatorTreeSync().rows[0].id).rows;
  assert.deepEqual(one.frame.rows.map(cellsOf), api.dominatorsSync(dominated.id).rows.map(cells));

  await one.press('4');
  assert.deepEqual(one.frame.rows.map(cellsOf), api.childrenSync(undefined, { limit: one.frame.rows.length }).rows.map(cells));
  assert.match(one.heading, /from the root/);
  await one.press('6', 'c');
  assert.match(one.heading, new RegExp(`@${dominated.id}$`));

  await one.press('7');
  const { slices, total } = api.statisticsSync();
  assert.deepEqual(
    one.frame.rows.map(({ values }) => values.size),
    [...slices.map(({ size }) => size), total].map(integer),
  );

  await one.press('8');
  const texts = api.duplicateStringsSync({ limit: one.frame.rows.length }).rows;
  assert.deepEqual(
    one.frame.rows.map(({ values }) => values.count),
    texts.map((row) => integer(row.count)),
  );
  await one.press('right', 'down');
  assert.match(textOf(one.selected.label), new RegExp(`@${texts[0].ids[0]}$`));
});

test('search by name, constructor and id', async (t) => {
  const one = await viewer(t, [AFTER]);
  const api = snapshotOf(t, AFTER);
  await one.press('9');
  assert.match(one.heading, /Press \//);
  one.app.key('/', '/');
  one.type('mapq');
  one.app.key('backspace');
  assert.deepEqual([one.frame.prompt.label, one.frame.prompt.text], ['Search by name', 'map']);
  await one.press('return');
  const found = api.findSync({ name: 'map', sort: 'retainedSize', limit: one.frame.rows.length });
  assert.equal(one.frame.position, `1 / ${integer(found.totals.count)}`);
  assert.deepEqual(one.frame.rows.map(cellsOf), found.rows.map(cells));

  one.app.key('/', '/');
  one.app.key('tab');
  one.type('map');
  await one.press('return');
  assert.deepEqual(
    one.frame.rows.map(({ label }) => label[0].text),
    api.summarySync({ match: 'map', limit: one.frame.rows.length }).rows.map(({ constructor }) => constructor),
  );

  const { id } = found.rows[0];
  one.app.key('/', '/');
  one.type(`@${id}`);
  await one.press('return');
  assert.deepEqual(one.frame.rows.map(cellsOf), [cells(api.nodeSync(id))]);
  one.app.key('/', '/');
  one.type('@4000000001');
  await one.press('return');
  assert.match(one.labels[0], /ERR_HEAPDUMP_NODE_NOT_FOUND/);

  // Typed characters are not shortcuts of a view; Esc cancels typing.
  one.app.key('/', '/');
  one.type('q2?v');
  assert.equal(one.app.isDone, false);
  await one.press(...Array(5).fill('escape'));
  assert.equal(one.shown, 'Search');
  assert.match(one.heading, /Press \//);
});

test('keys pressed before their data is loaded wait for it; changing the view does not', async () => {
  const snapshot = {
    totalSize: 100,
    nodeCount: 9,
    close() {},
    async children(id = 0) {
      await new Promise(setImmediate);
      const rows = [1, 2].map((n) => edgeRow(id * 10 + n));
      return { totals: { count: 2 }, rows };
    },
    async node(id) {
      return { id, name: 'X', type: 'object' };
    },
    async dominators() {
      return { rows: [] };
    },
  };
  const one = new Viewer(['big'], { api: { open: async () => snapshot, findLeaks: () => new Promise(() => {}) } });
  await one.app.load();
  for (const key of ['down', 'right', '4', 'down', 'right', 'down', 'down', 'd']) one.app.key(key);
  await one.settled();
  assert.equal(one.shown, 'Dominators');
  assert.equal(one.heading, 'of X @22');
  one.app.key('1');
  one.app.key('right');
  one.app.key('4');
  await one.settled();
  assert.deepEqual(
    one.labels.map((label) => label.match(/@(\d+)$/)[1]),
    ['1', '2', '21', '22'],
  );
});

test('sorting goes through the columns of the view, and reverses', async (t) => {
  const one = await viewer(t, [AFTER]);
  const api = snapshotOf(t, AFTER);
  const order = () => one.frame.rows.map(({ label }) => label[0].text);
  const expected = (options) =>
    api.summarySync({ limit: one.frame.rows.length, ...options }).rows.map(({ constructor }) => constructor);
  await one.press('2', 's');
  assert.match(one.frame.foot, /Shallow Size/);
  assert.deepEqual(order(), expected({ sort: 'shallowSize' }));
  assert.deepEqual(
    one.frame.columns.filter(({ sorted }) => sorted).map(({ name }) => name),
    ['shallowSize'],
  );
  await one.press('S');
  assert.deepEqual(order(), expected({ sort: 'shallowSize', reverse: true }));
  await one.press('s', 's', 's');
  assert.deepEqual(order(), expected({ sort: 'constructor' }));
  await one.press('s');
  assert.deepEqual(order(), expected());
});

test('only visible pages are read', async (t) => {
  const asked = [];
  const count = 3_000_000;
  const snapshot = {
    totalSize: 100,
    nodeCount: count,
    close() {},
    async children(id, { offset, limit }) {
      asked.push([offset, limit]);
      const size = Math.max(0, Math.min(limit, count - offset));
      const rows = Array.from({ length: size }, (_, i) => edgeRow(offset + i, { edge: String(offset + i), edgeType: 'element' }));
      return { totals: { count }, rows };
    },
  };
  const one = await viewer(t, ['big'], { api: { open: async () => snapshot, findLeaks: async () => [] } });
  await one.press('4');
  assert.deepEqual(asked, [[0, 200]]);
  await one.press('end');
  assert.match(textOf(one.selected.label), new RegExp(`^\\[${count - 1}\\] :: X`));
  assert.deepEqual(asked.slice(1), [[count - 200, 200]]);
  await one.press('up', 'pageup', 'down', 'home', 'pagedown');
  assert.deepEqual(asked.length, 2);
  // Old rows are evicted and loaded again.
  await one.press('home', ...Array(200).fill('pagedown'), 'home');
  assert.equal(asked.filter(([offset]) => offset === 0).length, 2);
});

test('open rows move the rows below, at any depth, also when one above is closed', async (t) => {
  const snapshot = {
    totalSize: 100,
    nodeCount: 9,
    close() {},
    async children(id, { offset, limit }) {
      const rows = [1, 2, 3].map((n) => edgeRow((id ?? 0) * 10 + n));
      return { totals: { count: id > 100 ? 0 : 3 }, rows: id > 100 ? [] : rows.slice(offset, offset + limit) };
    },
  };
  const one = await viewer(t, ['big'], { api: { open: async () => snapshot, findLeaks: async () => [] } });
  const ids = () => one.labels.map((label) => label.match(/@(\d+)$/)?.[1] ?? label.trim()).join(' ');
  await one.press('4', 'down', 'right', 'down', 'down', 'right');
  assert.equal(ids(), '1 2 21 22 221 222 223 23 3');
  await one.press('down', 'right', 'end', 'right');
  assert.equal(ids(), '1 2 21 22 221 nothing 222 223 23 3 31 32 33');
  await one.press('home', 'down', 'left');
  assert.equal(ids(), '1 2 3 31 32 33');
  await one.press('home', 'return', 'return', 'up', 'up');
  assert.equal(ids(), '1 2 3 31 32 33');
  assert.equal(one.frame.position, '1 / 6');
});

test('the selected row stays in sight, however small the screen', async (t) => {
  for (const rows of [40, 12, 7, 6, 3, 1]) {
    const one = await viewer(t, [AFTER], { size: { columns: 30, rows } });
    await one.press('2');
    for (const key of ['end', 'pageup', 'up', 'home', 'pagedown', 'down', 'pagedown', 'G', 'g']) {
      const frame = await one.press(key);
      assert.ok(
        frame.rows.some(({ isSelected }) => isSelected),
        `${rows} rows, ${key}`,
      );
      assert.ok(frame.rows.length <= Math.max(1, rows - 5));
    }
  }
});

test('contents of strings are shown on demand only; control characters never', async (t) => {
  const file = writeHostile(path.join(temporary(t), 'hostile.heapsnapshot'));
  const one = await viewer(t, [file], { size: { columns: 120, rows: 120 } });
  const seen = [];
  const look = async (...keys) => {
    const found = texts(await one.press(...keys));
    seen.push(...found);
    return found.join('\n');
  };
  const everywhere = async () =>
    [
      await look('1'),
      await look('2', 'end', 'right', 'home', 'right'),
      await look('4', 'right'),
      await look('6', 'right'),
      await look('8', 'right'),
      await look('4', 'down', 'right', 'down', 'r'),
      await look('escape', 'd'),
    ].join('\n');
  assert.ok(!(await everywhere()).includes(SECRET));
  await one.press('v');
  assert.ok((await everywhere()).includes(SECRET));
  assert.ok(!(await look('v')).includes(SECRET));
  assert.ok(seen.join('').includes(MARK));
  for (const text of seen) {
    assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.ok(text.length < 5000, `${text.length} UTF-16 units`);
  }
  // Names are shown, long ones in part.
  const labels = seen.join('\n');
  for (const name of [
    '\u6f22\u5b57\u30af\u30e9\u30b9',
    '</script><script>',
    'half\\u{d83d}',
    '\\u{1b}]0;',
    '\\u{202e}',
    'line\\r\\nbreak',
  ])
    assert.ok(labels.includes(name), name);
});

test('the name of a file and typed text are harmless, too', async (t) => {
  const snapshot = { totalSize: 1, nodeCount: 1, close() {} };
  const one = await viewer(t, ['/tmp/\u001b]0;x\u0007.heapsnapshot'], {
    api: { open: async () => snapshot, findLeaks: async () => [] },
  });
  one.app.key('/', '/');
  one.type('\u001b[2J');
  for (const text of texts(one.frame)) assert.doesNotMatch(text, /\p{Cc}/u);
  one.type('x'.repeat(1000));
  assert.ok(one.frame.prompt.text.length < 400);
});

test('a failed query is reported in place of its rows, and other views work', async (t) => {
  const snapshot = {
    totalSize: 1,
    nodeCount: 1,
    close() {},
    statistics: async () => ({ total: 1, slices: [{ name: 'Code', size: 1 }] }),
  };
  const findLeaks = async () => {
    throw Object.assign(new Error('a\u001b[2Jb'), { code: 'ERR_HEAPDUMP_INTERNAL' });
  };
  const one = await viewer(t, ['file'], { api: { open: async () => snapshot, findLeaks } });
  assert.deepEqual(one.labels, ['  a\\u{1b}[2Jb (ERR_HEAPDUMP_INTERNAL)']);
  await one.press('7');
  assert.equal(one.labels[0], '  Code');
});

test('reading shows progress; q and Ctrl-C stop it', async () => {
  let progress;
  let stopped;
  const api = {
    open: (file, { onProgress, signal }) =>
      new Promise(() => {
        progress = onProgress;
        signal.addEventListener('abort', () => {
          stopped = file;
        });
      }),
  };
  const one = new Viewer(['/x/a.heapsnapshot', '/x/b.heapsnapshot'], { api });
  one.app.load();
  progress({ stage: 'read', done: 1, total: 4 });
  assert.deepEqual(one.frame.progress, { file: 'a.heapsnapshot', stage: 'reading', share: 0.25, text: '25 %' });
  for (const key of ['down', '2', 'r', 'v', 's', '/', 'escape', '?', '?']) one.app.key(key, key);
  one.app.key('q', 'q');
  assert.deepEqual([one.app.isDone, one.app.exitCode], [true, 0]);
  one.app.close();
  assert.equal(stopped, '/x/a.heapsnapshot');
  one.app.key('ctrl-c');
  assert.equal(one.app.exitCode, 130);
});

test('a file that cannot be read rejects', async (t) => {
  await assert.rejects(new Viewer([path.join(temporary(t), 'missing')]).app.load(), { code: 'ENOENT' });
});

test('English and Chinese have the same words; --lang, the environment or a key chooses', async (t) => {
  const shape = (value) =>
    Array.isArray(value)
      ? value.map(shape)
      : typeof value !== 'object'
        ? typeof value
        : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  const { slices: english, ...en } = wordsOf('en');
  const { slices: chinese, ...zh } = wordsOf('zh');
  assert.deepEqual(shape(zh), shape(en));
  assert.deepEqual(english, {});
  const { statisticsSync } = snapshotOf(t, AFTER).constructor.prototype;
  const { slices } = statisticsSync.call(snapshotOf(t, AFTER));
  assert.deepEqual(Object.keys(chinese).sort(), slices.map(({ name }) => name).sort());

  assert.equal(languageOf(undefined, {}), 'en');
  assert.equal(languageOf(undefined, { LANG: 'zh_CN.UTF-8' }), 'zh');
  assert.equal(languageOf(undefined, { LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }), 'en');
  assert.equal(languageOf('en', { LANG: 'zh_CN.UTF-8' }), 'en');
  assert.deepEqual(LANGUAGES, ['en', 'zh']);

  const label = { id: 'label.keeper', args: {} };
  assert.deepEqual(
    [en, zh].map(({ render }) => render(label)),
    ['this function keeps it', '此函数保留着它'],
  );

  const one = await viewer(t, [AFTER], { language: 'zh' });
  await one.press('2');
  assert.deepEqual(
    one.frame.columns.filter(({ title }) => title).map(({ title }) => title),
    ['构造函数', '距离', '浅层大小', '保留的大小'],
  );
  await one.press('L');
  assert.equal(one.frame.columns[0].title, 'Constructor');
});

test('help lists every key; any key ends it', async (t) => {
  const one = await viewer(t, [AFTER]);
  await one.app.key('?', '?');
  assert.ok(one.frame.help.keys.length > 8);
  await one.press('q');
  assert.equal(one.app.isDone, false);
  assert.equal(one.frame.help, undefined);
});

test('without a terminal, or not built: errors with a code and advice', (t) => {
  const run = (...args) => runSync('inspect', ...args);
  const { status, stderr, stdout } = run(AFTER);
  assert.equal(status, 3);
  assert.match(stderr, /needs a terminal.*\(ERR_HEAPDUMP_UNSUPPORTED\)/);
  assert.equal(stdout, '');
  assert.equal(run().status, 2);
  assert.equal(run(AFTER, AFTER, AFTER).status, 2);
  assert.equal(run(AFTER, '--lang=fr').status, 2);
  assert.match(run(AFTER, '--json').stderr, /no --json/);
  const tty = { isTTY: true };
  assert.throws(() => checkTerminal({ stdin: tty, stdout: tty, env: { TERM: 'dumb' } }), { code: 'ERR_HEAPDUMP_UNSUPPORTED' });
  assert.doesNotThrow(() => checkTerminal({ stdin: tty, stdout: tty, env: {} }));
  assert.throws(() => loadTerminal(path.join(temporary(t), 'inspect.cjs')), {
    code: 'ERR_HEAPDUMP_NO_EXPLORER',
    message: /npm run build:terminal/,
  });
});
