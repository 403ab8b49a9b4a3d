'use strict';
// Verdicts on ledgers: the rules on constructed ledgers, the texts in both languages, the table of known leaks, samples over a day.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { OWNERS, Samples } = require('../lib/memory/samples.js');
const { TEXTS, text } = require('../lib/memory/verdicts/finding.js');
const { judge } = require('../lib/memory/verdicts/index.js');
const { TABLE, isAffected } = require('../lib/memory/verdicts/known-leaks.js');

const MB = 1 << 20;

/** Returns the ledger of a process with 100 MB; `owners` are added, in MB. */
function ledger({ minutes = 0, owners = {}, counts = {}, isolate = {}, ...rest } = {}) {
  const parts = Object.entries({ binary: 50, 'v8-live': 30, malloc: 20, ...owners }).map(([owner, size]) => ({
    owner,
    resident: Math.round(size * MB),
  }));
  const isolates = [
    {
      threadId: 0,
      isMainThread: true,
      heapUsed: 30 * MB,
      arrayBuffers: 0,
      old: { used: 30 * MB, physical: 30 * MB },
      young: { used: 0, physical: 0 },
      code: { used: 0, physical: 0 },
      ...isolate,
    },
  ];
  return {
    at: new Date(minutes * 60_000).toISOString(),
    pid: 7,
    node: 'v20.20.2',
    rss: parts.reduce((sum, { resident }) => sum + resident, 0),
    parts,
    unexplained: 0,
    counts: { threads: 10, mappings: 300, descriptors: 20, ...counts },
    malloc: { free: 0, arenas: [] },
    isolates,
    container: null,
    ...rest,
  };
}

const kinds = (...ledgers) => judge(ledgers.map(ledger)).map(({ kind, severity }) => `${severity} ${kind}`);
/** Returns ledgers, one for each of the values of a number. */
const growing = (make, ...values) => values.map((value, at) => ({ minutes: at, ...make(value) }));

test('a process that does not change has no verdicts', () => {
  assert.deepEqual(kinds({}), []);
  assert.deepEqual(kinds({}, {}, {}), []);
});

test('growth in every step is a leak, growth in one step is a suspect', () => {
  const malloc = (size) => ({ owners: { malloc: size } });
  assert.deepEqual(kinds(...growing(malloc, 20, 40, 60)), ['leak native-growth']);
  assert.deepEqual(kinds(...growing(malloc, 20, 40)), ['suspect native-growth']);
  assert.deepEqual(kinds(...growing(malloc, 20, 60, 62)), [], 'a cache that fills');
  assert.deepEqual(kinds(...growing(malloc, 20, 60, 40)), [], 'it shrinks again');
  assert.deepEqual(kinds(...growing(malloc, 20, 21, 22)), [], 'too little');
});

test('the heap is named only if live objects grow', () => {
  const heap = (size) => ({ owners: { 'v8-live': size } });
  const withObjects = (size) => ({ ...heap(size), isolate: { heapUsed: size * MB } });
  assert.deepEqual(kinds(...growing(withObjects, 30, 60, 90)), ['leak heap-growth']);
  assert.deepEqual(kinds(...growing(heap, 30, 60, 90)), [], 'pages without more objects');
});

test('each kind of memory has its verdict', () => {
  const of = (owner) => (size) => ({ owners: { [owner]: size } });
  for (const [owner, kind] of [
    ['external', 'external-growth'],
    ['anonymous', 'mapped-growth'],
    ['v8-wasm', 'wasm-growth'],
    ['shared-memory', 'shared-memory-growth'],
  ]) {
    assert.deepEqual(kinds(...growing(of(owner), 1, 20, 40)), [`leak ${kind}`]);
  }
  const buffers = (size) => ({ owners: { 'array-buffers': size }, isolate: { arrayBuffers: size * MB } });
  assert.deepEqual(kinds(...growing(buffers, 1, 20, 40)), ['leak buffer-growth']);
});

test('growth of threads explains growth of mappings and descriptors', () => {
  const threads = (count) => ({ counts: { threads: count, mappings: count * 1000, descriptors: count * 100 } });
  assert.deepEqual(kinds(...growing(threads, 10, 20, 30)), ['leak thread-growth']);
  const descriptors = (count) => ({ counts: { descriptors: count } });
  assert.deepEqual(kinds(...growing(descriptors, 20, 120, 220)), ['leak descriptor-growth']);
  const mappings = (count) => ({ counts: { mappings: count } });
  assert.deepEqual(kinds(...growing(mappings, 300, 1300, 2300)), ['leak mapping-growth']);
});

test('free memory that is not returned to the system is waste', () => {
  assert.deepEqual(kinds({ owners: { 'malloc-free': 40 }, malloc: { free: 40 * MB, arenas: [] } }), ['waste malloc-free']);
  assert.deepEqual(kinds({ owners: { 'v8-free': 50 }, isolate: { old: { used: 30 * MB, physical: 80 * MB } } }), [
    'waste heap-fragmentation',
  ]);
  assert.deepEqual(kinds({ owners: { 'v8-young': 90 } }), ['waste semi-spaces']);
  assert.deepEqual(kinds({ container: { current: 900 * MB, file: 700 * MB, shared: 0 } }), ['waste page-cache']);
  assert.deepEqual(kinds({ container: { current: 900 * MB, file: 700 * MB, shared: 690 * MB } }), [], 'shared memory is no cache');
});

test('the fix for free memory in malloc depends on the cause', () => {
  const fixOf = (malloc, rest) =>
    judge([ledger({ owners: { 'malloc-free': 40 }, malloc: { free: 40 * MB, ...malloc }, ...rest })])[0].fix;
  const arenas = Array.from({ length: 12 }, (_, number) => ({ number, system: MB, free: MB }));
  assert.match(fixOf({ arenas }), /MALLOC_ARENA_MAX/);
  assert.match(fixOf({ arenas: [] }), /trim: true/);
  assert.match(fixOf({ arenas: [] }, { trimmed: 1000 }), /does not help/);
  assert.doesNotMatch(fixOf({ arenas: [] }, { trimmed: 39 * MB }), /does not help/);
});

test('a verdict has the fields of a finding, and the same signature in every run', () => {
  const malloc = (size) => ledger({ owners: { malloc: size } });
  const [verdict] = judge([malloc(20), malloc(40), malloc(60)]);
  const [again] = judge([malloc(20), malloc(80)]);
  assert.equal(verdict.signature, again.signature);
  assert.deepEqual(verdict.evidence.counts, [20 * MB, 40 * MB, 60 * MB]);
  assert.deepEqual([verdict.evidence.bytes, verdict.evidence.bytesPerStep], [40 * MB, 20 * MB]);
  assert.match(verdict.title, /41\.9 MB/);
  assert.match(text('zh', [verdict.messages.title]), /41\.9 MB/);
});

test('both languages have the same texts with the same arguments', () => {
  const [en, zh] = ['en', 'zh'].map((language) => TEXTS[language]().messages);
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
  const slots = (line) => [...line.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();
  for (const [id, line] of Object.entries(en)) assert.deepEqual(slots(zh[id]), slots(line), id);
});

test('a known leak of Node is named if the version has it and the growth matches', () => {
  assert.ok(TABLE.length > 0);
  for (const { id, issue, signature, lines, verified } of TABLE) {
    assert.match(issue, /^https:\/\/github\.com\/nodejs\/node\/issues\/\d+$/, id);
    assert.ok(signature.length > 0 && lines.length > 0 && verified, id);
    for (const { from, fixed } of lines) {
      assert.ok(isAffected(from, { lines }), `${id} ${from}`);
      if (fixed) assert.ok(!isAffected(fixed, { lines }), `${id} ${fixed}`);
    }
    for (const version of verified.leaks) assert.ok(isAffected(version, { lines }), `${id} leaks on ${version}`);
    for (const version of verified.clean) assert.ok(!isAffected(version, { lines }), `${id} is clean on ${version}`);
  }
  const buffers = (node) => (size) => ({ node, owners: { 'array-buffers': size }, isolate: { arrayBuffers: size * MB } });
  const told = (version) => kinds(...growing(buffers(version), 1, 20, 40));
  const { lines } = TABLE.find(({ signature }) => signature.includes('buffer-growth'));
  assert.ok(told(`v${lines[0].from}`).includes('suspect known-leak'));
  assert.deepEqual(told('v20.20.2'), ['leak buffer-growth']);
});

test('versions are compared as numbers', () => {
  const lines = [{ from: '24.9.0', fixed: '24.10.1' }];
  assert.deepEqual(
    ['24.8.9', '24.9.0', '24.10.0', '24.10.1', 'v24.9.5'].map((version) => isAffected(version, { lines })),
    [false, true, true, false, true],
  );
});

test('samples are stored in a ring, and compared by their minima', () => {
  const samples = new Samples({ capacity: 6 });
  assert.deepEqual(samples.history(), { samples: [], verdicts: [] });
  for (let i = 0; i < 9; i++) {
    // Every second sample is a peak.
    samples.add(ledger({ minutes: i, owners: { malloc: 20 + i * 10 + (i % 2) * 200 }, counts: { descriptors: null } }));
  }
  const { samples: kept, verdicts } = samples.history();
  assert.deepEqual(
    kept.map(({ at }) => at),
    [3, 4, 5, 6, 7, 8].map((minute) => new Date(minute * 60_000).toISOString()),
  );
  assert.deepEqual(kept.at(-1).owners, { 'v8-live': 30 * MB, malloc: 100 * MB, binary: 50 * MB });
  assert.equal(kept.at(-1).descriptors, null);
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    ['native-growth'],
  );
  assert.equal(new Set(OWNERS).size, OWNERS.length);
});
