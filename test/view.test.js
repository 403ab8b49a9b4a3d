'use strict';
// `view`: the answers of the server. view-guard.test.js tests who may send queries.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const heapdump = require('../index.js');
const { QUESTIONS } = require('../lib/analysis/questions.js');
const { Semaphore } = require('../lib/semaphore.js');
const { Cache, Unfinished } = require('../lib/view/cache.js');
const { ROUTES } = require('../lib/view/routes.js');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { smallSnapshot } = require('./support/small-snapshot.js');
const { temporary } = require('./support/temporary.js');
const { ask, request, serve } = require('./support/view.js');

const fixture = (name) => path.resolve(__dirname, 'fixtures', name);
const [BEFORE, AFTER] = [fixture('node20.heapsnapshot.zst'), fixture('node20-later.heapsnapshot.zst')];

/** Returns the result of a query that must succeed. */
async function answer(...question) {
  const { status, json, text } = await ask(...question);
  assert.equal(status, 200, text);
  return json;
}

/** The wire format of the answers to `duplicateStrings`. */
const shortened = (list) => ({ ...list, rows: list.rows.map((row) => ({ ...row, ids: row.ids.slice(0, 100) })) });

test('every route gives the answer of the API', async (t) => {
  const snapshot = await heapdump.open(AFTER);
  t.after(() => snapshot.close());
  const server = await serve(t, temporary(t), [BEFORE, BEFORE, AFTER]);
  const [{ id }] = snapshot.findSync({ type: 'closure', sort: 'retainedSize', limit: 1 }).rows;
  const same = {
    statistics: [],
    summary: [{ limit: 9, offset: 1, sort: 'count', reverse: true, match: 'o' }],
    instances: ['Object', { limit: 5, sort: 'id' }],
    node: [id],
    children: [id, { limit: 4, sort: 'edge' }],
    retainers: [id, { limit: 3 }],
    pathsToRoot: [id, { depth: 12 }],
    dominators: [id, { limit: 2, offset: 1 }],
    dominatorTree: [1, { limit: 7 }],
    find: [{ name: 'module', type: 'closure', limit: 9 }],
    nativeContexts: [],
    allocations: [{ by: 'stack', limit: 3 }],
    allocationStack: [id],
    timeline: [],
    closures: [{ limit: 3 }],
    suspects: [{ limit: 2 }],
    duplicateStrings: [{ limit: 4 }],
  };
  assert.deepEqual(Object.keys(same).sort(), Object.keys(QUESTIONS).sort());
  for (const [name, args] of Object.entries(same)) {
    const expected = snapshot[`${name}Sync`](...args);
    assert.deepEqual(
      await answer(server, name, args, '&values'),
      name === 'duplicateStrings' ? shortened(expected) : expected,
      name,
    );
  }
  assert.deepEqual(
    await answer(server, 'findLeaks', [{ limit: 3 }]),
    await heapdump.findLeaks([BEFORE, BEFORE, AFTER], { limit: 3 }),
  );
  assert.deepEqual(
    await answer(server, 'diff', [1, { limit: 6, newObjects: 3 }], '&values'),
    heapdump.diffSync(BEFORE, AFTER, { limit: 6, newObjects: 3 }),
  );
  assert.deepEqual(
    await answer(server, 'diff', [0, { by: 'name', limit: 3, sort: 'sizeDelta' }]),
    heapdump.diffSync(BEFORE, AFTER, { by: 'name', limit: 3, sort: 'sizeDelta' }),
  );
  assert.deepEqual(
    await answer(server, 'trend', [{ limit: 6, owners: 2 }], '&values'),
    heapdump.trendSync([BEFORE, BEFORE, AFTER], { limit: 6, owners: 2 }),
  );
  assert.deepEqual(
    Object.keys(ROUTES).sort(),
    [...Object.keys(QUESTIONS), 'allocationTree', 'diff', 'diffObjects', 'findLeaks', 'leakReport', 'trend'].sort(),
  );
});

test('the tree of allocations comes from the profile beside a snapshot', async (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'a.heapsnapshot.zst');
  fs.copyFileSync(AFTER, file);
  const profiler = heapdump.profile();
  profiler.start({ intervalBytes: 1024 });
  const alive = Array.from({ length: 100 }, () => new Array(1000).fill(0));
  const profile = profiler.stop();
  assert.equal(alive.length, 100);
  fs.writeFileSync(path.join(folder, 'a.heapprofile'), profile.toHeapProfile());
  const server = await serve(t, folder, [BEFORE, file]);
  const { calls, callCount } = await answer(server, 'allocationTree', [{ from: 'profile' }]);
  assert.equal(
    calls.size.reduce((sum, size) => sum + size, 0),
    profile.totals.bytes,
  );
  const limited = await answer(server, 'allocationTree', [{ from: 'profile', nodes: 2 }]);
  assert.equal(limited.calls.frame.filter((at) => at >= 0).length, 2);
  assert.equal(limited.callCount, callCount);
  assert.deepEqual((await answer(server, 'allocationTree', [{ from: 'stacks' }])).calls.frame, []);
  for (const options of [
    {},
    { from: 'other' },
    { from: 'profile', base: 0 },
    { from: 'stacks', base: 1 },
    { from: 'profile', nodes: 1e6 },
  ]) {
    const { status, json } = await ask(server, 'allocationTree', [options]);
    assert.equal(status, 400);
    assert.match(json.error.code, /^ERR_(INVALID_ARG_VALUE|OUT_OF_RANGE)$/, JSON.stringify(options));
  }
});

test('pages put together are the whole list, in its order', async (t) => {
  const snapshot = await heapdump.open(AFTER);
  t.after(() => snapshot.close());
  const server = await serve(t, temporary(t), [BEFORE, AFTER]);
  const lists = {
    find: [[], { name: 'e', type: 'closure', sort: 'name' }, (rest) => snapshot.findSync(rest)],
    duplicateStrings: [[], {}, (rest) => shortened(snapshot.duplicateStringsSync(rest))],
    summary: [[], { filter: 'objectsRetainedByContexts' }, (rest) => snapshot.summarySync(rest)],
    diff: [[0], { sort: 'countDelta' }, (rest) => heapdump.diffSync(BEFORE, AFTER, rest)],
    instances: [['Object'], { sort: 'name' }, (rest) => snapshot.instancesSync('Object', rest)],
    dominatorTree: [[1], {}, (rest) => snapshot.dominatorTreeSync(1, rest)],
  };
  for (const [name, [first, rest, whole]] of Object.entries(lists)) {
    const { rows: expected, totals } = whole(rest);
    const rows = [];
    // Backwards: not the order of reading, but possible when scrolling.
    for (let offset = Math.floor(expected.length / 37) * 37; offset >= 0; offset -= 37) {
      const page = await answer(server, name, [...first, { ...rest, offset, limit: 37 }], '&values');
      assert.deepEqual(page.totals, totals, name);
      rows.unshift(...page.rows);
    }
    assert.ok(rows.length > 37, `${name} has several pages`);
    assert.deepEqual(rows, expected, name);
  }
});

test('a page is whole where its texts are very many strings', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const many = (name, count) => Array.from({ length: count }, () => ({ name, type: 'string' }));
  fs.writeFileSync(file, smallSnapshot([...many('a', 20_000), ...many('b', 18_000), ...many('c', 5)]));
  const server = await serve(t, directory, [file]);
  const { rows } = await answer(server, 'duplicateStrings', [{ limit: 50 }], '&values');
  assert.deepEqual(
    rows.map(({ value, count, ids }) => [value, count, ids.length]),
    [
      ['a', 20_000, 100],
      ['b', 18_000, 100],
      ['c', 5, 5],
    ],
  );
});

test('simultaneous queries each get their own result', async (t) => {
  const snapshot = await heapdump.open(AFTER);
  t.after(() => snapshot.close());
  const server = await serve(t, temporary(t), [AFTER]);
  const ids = snapshot.findSync({ type: 'object', limit: 60 }).rows.map((row) => row.id);
  const answers = await Promise.all(
    ids.flatMap((id) => [answer(server, 'node', [id], '&values'), answer(server, 'children', [id, { limit: 5 }], '&values')]),
  );
  assert.deepEqual(
    answers,
    ids.flatMap((id) => [snapshot.nodeSync(id), snapshot.childrenSync(id, { limit: 5 })]),
  );
});

test('a client that disconnects before the answer leaves nothing behind', async (t) => {
  const server = await serve(t, temporary(t), [BEFORE, AFTER]);
  const { port } = server;
  const targets = ['findLeaks', 'duplicateStrings', 'find', 'summary', 'state'].map(
    (name) => `${new URL(server.url).pathname}api/${name}`,
  );
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`GET ${targets[i % targets.length]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`, () => socket.destroy());
      await once(socket, 'close');
    }),
  );
  const findings = await heapdump.findLeaks([BEFORE, AFTER]);
  assert.deepEqual(await answer(server, 'findLeaks'), findings);
});

test('bad parameters have the code of the API, and no stack', async (t) => {
  const server = await serve(t, temporary(t), [AFTER]);
  const cases = [
    ['node', [-1], 'ERR_HEAPDUMP_NODE_NOT_FOUND'],
    ['node', ['1'], 'ERR_INVALID_ARG_TYPE'],
    ['node', [], 'ERR_INVALID_ARG_TYPE'],
    ['node', [1, 2, 3], 'ERR_INVALID_ARG_VALUE'],
    ['node', { id: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ['instances', [null], 'ERR_INVALID_ARG_TYPE'],
    ['summary', [{ sort: 'colour' }], 'ERR_INVALID_ARG_VALUE'],
    ['summary', [{ limit: -1 }], 'ERR_OUT_OF_RANGE'],
    ['summary', [{ limit: 1e9 }], 'ERR_OUT_OF_RANGE'],
    ['summary', [{ limit: '5' }], 'ERR_INVALID_ARG_TYPE'],
    ['summary', [{ frobnicate: 1 }], 'ERR_INVALID_ARG_VALUE'],
    ['summary', [[]], 'ok'],
    ['summary', [7], 'ERR_INVALID_ARG_TYPE'],
    ['find', [{ offset: 0.5 }], 'ERR_OUT_OF_RANGE'],
    ['find', [{ onProgress: 1 }], 'ERR_INVALID_ARG_VALUE'],
    ['find', [{ sort: 'x' }], 'ERR_INVALID_ARG_VALUE'],
    ['diff', [0], 'ERR_INVALID_ARG_VALUE'],
    ['trend', [], 'ERR_INVALID_ARG_VALUE'],
    ['pathsToRoot', [1, { nodes: 1e6 }], 'ERR_OUT_OF_RANGE'],
    ['closures', [{ offset: 1 }], 'ERR_INVALID_ARG_VALUE'],
  ];
  for (const [name, args, code] of cases) {
    const { status, json, text } = await ask(server, name, args);
    const about = `${name} ${JSON.stringify(args)}: ${text}`;
    if (code === 'ok') assert.equal(status, 200, about);
    else assert.deepEqual([status, json.error?.code], [400, code], about);
    assert.doesNotMatch(text, /node:internal|\.js:\d/, about);
  }
  const target = new URL(server.url).pathname;
  for (const query of ['?q={', '?q=', '?q=%ff', '?q=null', '?q=[', '?q=1']) {
    assert.equal((await request(server, `${target}api/summary${query}`)).status, 400, query);
  }
});

test('contents of strings are sent on request, and never with --no-values', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const secret = 'correct horse battery staple';
  const kinds = ['string', 'concatenated string', 'sliced string', 'regexp', 'string'];
  fs.writeFileSync(
    file,
    smallSnapshot([...kinds.map((type, i) => ({ type, name: secret, edge: `key${i}` })), { name: 'Keeper', edge: 'keeper' }]),
  );
  const open = await serve(t, directory, [file]);
  const closed = await serve(t, directory, [file], { mayShowValues: false });
  const questions = [
    ['children', [3]],
    ['find', [{ name: 'horse' }]],
    ['node', [5]],
    ['duplicateStrings', []],
    ['instances', ['(string)']],
    ['dominatorTree', [3]],
    ['dominators', [5]],
    ['summary', []],
    ['suspects', []],
  ];
  for (const [name, args] of questions) {
    const [quiet, loud, silent] = [
      await ask(open, name, args),
      await ask(open, name, args, '&values'),
      await ask(closed, name, args),
    ];
    assert.equal(quiet.text.includes('horse'), false, name);
    assert.equal(silent.text, quiet.text, name);
    assert.equal(loud.text.includes('horse'), name !== 'summary' && name !== 'suspects', name);
    const refused = await ask(closed, name, args, '&values');
    assert.deepEqual([refused.status, refused.json.error.code], [400, 'ERR_HEAPDUMP_VALUES'], name);
  }
  const {
    json: { rows },
  } = await ask(open, 'children', [3, { sort: 'edge' }]);
  assert.deepEqual(
    rows.map(({ edge, name }) => [edge, name]),
    [['keeper', 'Keeper'], ...kinds.map((_, i) => [`key${i}`, ''])].sort(),
  );
  assert.equal((await ask(closed, 'suspects', [{ showValues: true }])).status, 400);
});

test('halves of characters arrive, in answers and in arguments', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const [name, other] = ['Half\ud83d', '\udc00</script>\u2028'];
  fs.writeFileSync(file, smallSnapshot([{ name, edge: other }, { name: other }]));
  const server = await serve(t, directory, [file]);
  const { text } = await ask(server, 'summary');
  assert.equal(text.isWellFormed?.() ?? true, true);
  const { rows } = JSON.parse(text);
  const found = rows.find((row) => row.constructor === name);
  assert.ok(found, text);
  const instances = await answer(server, 'instances', [found.classKey]);
  assert.deepEqual(
    instances.rows.map((row) => row.name),
    [name],
  );
  assert.ok((await answer(server, 'children', [3])).rows.some(({ edge }) => edge === other));
  // The most difficult fixtures, through every list.
  for (let seed = 1; seed <= 5; seed++) {
    fs.writeFileSync(file, adversarial(seed).before);
    const one = await serve(t, directory, [file]);
    const snapshot = await heapdump.open(file);
    for (const { classKey } of snapshot.summarySync().rows) {
      const expected = snapshot.instancesSync(classKey, { limit: 100 });
      assert.deepEqual(
        await answer(one, 'instances', [classKey], '&values'),
        expected,
        `seed ${seed}, ${JSON.stringify(classKey)}`,
      );
    }
    snapshot.close();
  }
});

test('long texts are cut, and come whole on demand', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const long = `${'n'.repeat(1023)}\u{1F680}${'m'.repeat(1 << 20)}`;
  fs.writeFileSync(file, smallSnapshot([{ name: long }, { name: `${long}!` }, { name: long }, { name: 'Short' }]));
  const server = await serve(t, directory, [file]);
  const { rows, totals } = await answer(server, 'summary');
  assert.equal(totals.rowCount, 4);
  const classes = rows.filter((row) => row.constructor.startsWith('nnn'));
  assert.equal(classes.length, 2);
  for (const row of classes) {
    assert.ok(row.constructor.length < 1100 && row.constructor.startsWith(`${'n'.repeat(1023)}\u2026 [`), row.constructor);
    // A cut name still identifies the class.
    assert.equal((await answer(server, 'instances', [row.classKey])).totals.count, row.count);
  }
  assert.notEqual(classes[0].classKey, classes[1].classKey);
  const { json: whole } = await ask(server, 'node', [5], '&whole');
  assert.equal(whole.name, long);
  const refused = await ask(server, 'summary', [{ limit: 11 }], '&whole');
  assert.deepEqual([refused.status, refused.json.error.code], [400, 'ERR_OUT_OF_RANGE']);
  assert.equal((await ask(server, 'summary', [], '&whole')).status, 200);
});

test('the page receives the progress of the analysis from start to end', async (t) => {
  const server = await serve(t, temporary(t), [BEFORE, AFTER]);
  const target = `${new URL(server.url).pathname}api/state`;
  const { json: first } = await request(server, target);
  assert.deepEqual(
    first.map(({ name }) => name),
    [BEFORE, AFTER].map((file) => path.basename(file)),
  );
  assert.equal(first[1].status === 'ready', false, 'it listens before the files are read');
  await server.opened();
  const { json: last } = await request(server, target);
  assert.deepEqual(
    last.map(({ status }) => status),
    ['ready', 'ready'],
  );
  const { nodeCount } = await heapdump.analyze(AFTER).then(({ totals }) => totals);
  assert.deepEqual([last[1].info.nodeCount, last[1].info.fileSize], [nodeCount, fs.statSync(AFTER).size]);
  assert.match(last[1].info.node, /^v20\./);
});

test('a file that is no snapshot is an error of every question, and of the server', async (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  fs.writeFileSync(file, '{"snapshot": 7}');
  const server = await serve(t, directory, [AFTER, file]);
  await assert.rejects(server.opened(), { code: 'ERR_HEAPDUMP_PARSE' });
  const { status, json } = await ask(server, 'summary');
  assert.deepEqual([status, json.error.code], [400, 'ERR_HEAPDUMP_PARSE']);
  const { json: state } = await request(server, `${new URL(server.url).pathname}api/state`);
  assert.deepEqual(
    state.map((one) => [one.status, one.error?.code]),
    [
      ['ready', undefined],
      ['failed', 'ERR_HEAPDUMP_PARSE'],
    ],
  );
});

test('a client with a timeout learns that the work is running, and gets the result later', async () => {
  const cache = new Cache({ maxWeight: () => 2 });
  const { signal } = new AbortController();
  let finish;
  let begun = 0;
  const work = () =>
    new Promise((resolve) => {
      begun += 1;
      finish = resolve;
    });
  await assert.rejects(cache.get('a', work, { signal, timeoutMs: 0 }), Unfinished);
  await assert.rejects(cache.get('a', work, { signal, timeoutMs: 0 }), (error) => error instanceof Unfinished && error.ms > 0);
  const patient = cache.get('a', work, { signal });
  finish('done');
  assert.equal(await patient, 'done');
  assert.equal(await cache.get('a', work, { signal, timeoutMs: 0 }), 'done');
  assert.equal(begun, 1, 'the work goes on between the questions');
});

test('background tasks run one at a time, also if some fail or are aborted', async () => {
  const semaphore = new Semaphore(2);
  const { signal } = new AbortController();
  const ends = [];
  const begun = [];
  const work = (name) => () =>
    new Promise((resolve, reject) => {
      begun.push(name);
      ends.push({ resolve, reject });
    });
  const all = ['a', 'b', 'c'].map((name) => semaphore.take(signal, work(name)));
  const given = semaphore.take(AbortSignal.abort(), work('d'));
  all.push(semaphore.take(signal, work('e')));
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a', 'b']);
  ends[0].reject(new Error('no'));
  await assert.rejects(all[0], /no/);
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a', 'b', 'c']);
  ends[1].resolve(1);
  await assert.rejects(given, { code: 'ABORT_ERR' });
  await new Promise(setImmediate);
  assert.deepEqual(begun, ['a', 'b', 'c', 'e']);
  ends.slice(2).forEach(({ resolve }) => resolve(2));
  assert.deepEqual(await Promise.all(all.slice(1)), [1, 2, 2]);
});

test('results of background tasks are first reported as running, then available', async (t) => {
  const server = await serve(t, temporary(t), [BEFORE, AFTER]);
  const questions = [
    ['findLeaks', []],
    ['duplicateStrings', [{ limit: 3 }]],
    ['summary', [{ filter: 'duplicatedStrings', limit: 4 }]],
    ['diff', [0, { limit: 2 }]],
  ];
  await Promise.all(
    questions.map(async ([name, args]) => {
      let soon;
      do soon = await ask(server, name, args, '&soon');
      while (soon.status === 202 && soon.json.unfinished.ms >= 0);
      assert.deepEqual([soon.status, soon.json], [200, await answer(server, name, args)], name);
    }),
  );
});

test('a row of a comparison opens to the added and removed objects', async (t) => {
  const server = await serve(t, temporary(t), [BEFORE, AFTER]);
  const [before, after] = await Promise.all([heapdump.open(BEFORE), heapdump.open(AFTER)]);
  t.after(() => [before, after].forEach((one) => one.close()));
  const ids = (snapshot, key) => snapshot.instancesSync(key).rows.map(({ id }) => id);
  const { rows } = heapdump.diffSync(before, after);
  const sides = { added: [after, before], removed: [before, after] };
  let looked = 0;
  for (const row of rows.filter(({ addedCount, removedCount }) => addedCount > 0 && removedCount > 0).slice(0, 12)) {
    for (const [side, [has, hasNot]] of Object.entries(sides)) {
      const { rows: objects, totals } = await answer(
        server,
        'diffObjects',
        [
          { base: 0, classKey: row.classKey, side },
          { limit: 1000, sort: 'id' },
        ],
        '&values',
      );
      assert.equal(totals.count, row[`${side}Count`], `${row.constructor} ${side}`);
      if (totals.count > 1000) continue;
      assert.equal(
        objects.reduce((sum, { shallowSize }) => sum + shallowSize, 0),
        row[`${side}Size`],
        `${row.constructor} ${side}`,
      );
      // Plain objects of the earlier snapshot have the names of the later one here.
      if (/^(\{|Object$)/.test(row.constructor)) continue;
      const others = new Set(ids(hasNot, row.classKey));
      assert.deepEqual(
        objects.map(({ id }) => id),
        ids(has, row.classKey)
          .filter((id) => !others.has(id))
          .sort((a, b) => a - b),
        `${row.constructor} ${side}`,
      );
      looked += 1;
    }
  }
  assert.ok(looked > 10, `${looked} lists`);
  for (const [args, code] of [
    [[], 'ERR_INVALID_ARG_TYPE'],
    [[7], 'ERR_INVALID_ARG_TYPE'],
    [[{ base: 1, classKey: 'a', side: 'added' }], 'ERR_INVALID_ARG_VALUE'],
    [[{ base: 0, classKey: 'a', side: 'both' }], 'ERR_INVALID_ARG_VALUE'],
    [[{ base: 0, classKey: 1, side: 'added' }], 'ERR_INVALID_ARG_TYPE'],
    [[{ base: 0, classKey: 'a', side: 'added' }, { sort: 'edge' }], 'ERR_INVALID_ARG_VALUE'],
  ]) {
    const { status, json } = await ask(server, 'diffObjects', args);
    assert.deepEqual([status, json.error?.code], [400, code], JSON.stringify(args));
  }
  const none = await answer(server, 'diffObjects', [{ base: 0, classKey: ',no such class', side: 'added' }]);
  assert.deepEqual(none, { totals: { count: 0 }, rows: [] });
});

test('work is shared by its waiters, and cancelled when the last one leaves', async () => {
  const dropped = [];
  const cache = new Cache({ maxWeight: () => 2, drop: (value) => dropped.push(value) });
  const [first, second] = [new AbortController(), new AbortController()];
  let shared;
  const work = (signal) => {
    shared = signal;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('given up')));
    });
  };
  const both = [first, second].map(({ signal }) => cache.get('a', work, { signal }));
  first.abort();
  await assert.rejects(both[0], { code: 'ABORT_ERR' });
  assert.equal(shared.aborted, false);
  second.abort();
  await assert.rejects(both[1], { code: 'ABORT_ERR' });
  assert.equal(shared.aborted, true);
  // The next request starts again, because failures are not cached.
  const waiting = new AbortController();
  await assert.rejects(
    cache.get(
      'a',
      async () => {
        throw new Error('no');
      },
      waiting,
    ),
    /no/,
  );
  assert.equal(await cache.get('a', async () => 1, waiting), 1);
  assert.equal(await cache.get('a', async () => 2, waiting), 1);
  await cache.get('b', async () => 3, waiting);
  await cache.get('a', async () => 4, waiting);
  await cache.get('c', async () => 5, waiting);
  assert.equal(await cache.get('a', async () => 6, waiting), 1, 'the entry used last stays cached');
  await new Promise(setImmediate);
  assert.deepEqual(dropped, [3]);
  await assert.rejects(cache.get('d', work, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });
});
