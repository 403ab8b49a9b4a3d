'use strict';
// The errors for invalid files: their code and position.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const heapdump = require('../index.js');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { temporary } = require('./support/temporary.js');

const GOOD = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');

/** A small valid snapshot with the usual layout. */
const text = (() => {
  for (let seed = 1; ; seed++) {
    const { before } = adversarial(seed);
    if (JSON.parse(before).snapshot.meta.node_fields.slice(0, 5).join() === 'type,name,id,self_size,edge_count') return before;
  }
})();

function spoilt(change) {
  const snapshot = JSON.parse(text);
  change(snapshot);
  return JSON.stringify(snapshot);
}

/** Returns a position in a section: of its start plus so many characters. */
const after = (section, more) => text.indexOf(`"${section}":[`) + section.length + 4 + more;
const cut = (section, more) => text.slice(0, after(section, more));
const inserted = (section, what) => text.slice(0, after(section, 0)) + what + text.slice(after(section, 0));
const LENGTH = Buffer.byteLength(text.trimEnd());

const TRUNCATED = 'ERR_HEAPDUMP_TRUNCATED';
const PARSE = 'ERR_HEAPDUMP_PARSE';
const UNSUPPORTED = 'ERR_HEAPDUMP_UNSUPPORTED';
const INCONSISTENT = 'ERR_HEAPDUMP_INCONSISTENT';

/** Name -> content of a file, and the expected error. */
const FILES = {
  empty: ['', { code: TRUNCATED, offset: 0 }],
  spaces: [' \n\t'.repeat(1e5), { code: TRUNCATED, offset: 3e5 }],
  'cut in the header': [text.slice(0, 40), { code: TRUNCATED, section: 'snapshot', offset: 40 }],
  'cut in the nodes': [cut('nodes', 20), { code: TRUNCATED, section: 'nodes', offset: after('nodes', 20) }],
  'cut in the edges': [cut('edges', 20), { code: TRUNCATED, section: 'edges', offset: after('edges', 20) }],
  'cut in the strings': [cut('strings', 20), { code: TRUNCATED, section: 'strings', offset: after('strings', 20) }],
  'without the last brace': [text.trimEnd().slice(0, -1), { code: TRUNCATED, offset: LENGTH - 1 }],
  'cut.gz': [zlib.gzipSync(text).subarray(0, -30), { code: TRUNCATED }],
  'an ELF binary': [Buffer.concat([Buffer.from('7f454c4602010100', 'hex'), Buffer.alloc(1e6, 0x90)]), { code: PARSE, offset: 0 }],
  zeros: [Buffer.alloc(1e6), { code: PARSE, offset: 0 }],
  'bytes that are no text': [Buffer.alloc(1e5, 0xff), { code: PARSE, offset: 0 }],
  'a binary in gzip.gz': [zlib.gzipSync(Buffer.alloc(1e6)), { code: PARSE, offset: 0 }],
  'no gzip after all.gz': [Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(1e5, 0x55)]), { code: PARSE }],
  prose: ['hello', { code: PARSE, offset: 0 }],
  html: ['<!DOCTYPE html>', { code: PARSE, offset: 0 }],
  'a list': ['[1,2,3]', { code: PARSE, offset: 0 }],
  'two snapshots': [text.trimEnd() + text, { code: PARSE, offset: LENGTH }],
  'another object': ['{"nodes":[],"startTime":1}', { code: INCONSISTENT, section: 'nodes' }],
  'a profile': ['{"head":{"children":[]},"samples":[1,2]}', { code: INCONSISTENT, section: 'samples' }],
  'nothing in it': ['{}', { code: INCONSISTENT }],
  'a fraction': [inserted('nodes', '1.5,'), { code: PARSE, section: 'nodes', offset: after('nodes', 1) }],
  'a negative number': [inserted('edges', '-1,'), { code: PARSE, section: 'edges', offset: after('edges', 0) }],
  'a word among numbers': [inserted('edges', '"x",'), { code: PARSE, section: 'edges', offset: after('edges', 0) }],
  'a number of a thousand digits': [inserted('nodes', `${'9'.repeat(1000)},`), { section: 'nodes' }],
  'a string that never ends': [`${cut('strings', 0)}"${'x'.repeat(1e6)}`, { code: TRUNCATED, section: 'strings' }],
  'a hundred thousand brackets': [`{"extra":${'['.repeat(1e5)}`, { code: TRUNCATED }],
  'no sizes': [text.replace('"self_size"', '"weight"'), { code: UNSUPPORTED, field: 'self_size', section: 'snapshot' }],
  'an edge to nowhere': [
    spoilt((all) => {
      all.edges[2] = 4e9;
    }),
    { code: INCONSISTENT, section: 'edges', index: 0 },
  ],
  'a name from nowhere': [
    spoilt((all) => {
      all.nodes[1] = 4e9;
    }),
    { code: INCONSISTENT, section: 'nodes' },
  ],
  'a node too many': [
    spoilt(({ snapshot }) => {
      snapshot.node_count++;
    }),
    { code: INCONSISTENT },
  ],
  'an edge too few': [
    spoilt((all) => {
      all.edges.length -= 3;
    }),
    { code: INCONSISTENT },
  ],
  'more nodes than there can be': [
    spoilt(({ snapshot }) => {
      snapshot.node_count = 2 ** 33;
    }),
    { name: 'RangeError', code: 'ERR_HEAPDUMP_LIMIT', actual: 2 ** 33, limit: 2 ** 32 - 2 },
  ],
};

for (const [name, [content, expected]] of Object.entries(FILES)) {
  test(`${name}: ${expected.code ?? 'an error'}`, async (t) => {
    const file = path.join(temporary(t), name);
    fs.writeFileSync(file, content);
    const is = (error) => {
      const { code, section, offset, index } = error;
      const found = JSON.stringify({ code, section, offset, index, message: error.message });
      for (const [key, value] of Object.entries({ ...expected, path: file })) assert.equal(error[key], value, `${key} of ${found}`);
      assert.ok(error instanceof Error && /^ERR_HEAPDUMP_/.test(code), found);
      return true;
    };
    await assert.rejects(heapdump.open(file), is);
    assert.throws(() => heapdump.openSync(file), is);
    await assert.rejects(heapdump.analyze(file), is);
    await assert.rejects(heapdump.diff(GOOD, file), is);
    assert.throws(() => heapdump.diffSync(file, GOOD), is);
    await assert.rejects(heapdump.trend([GOOD, GOOD, file]), is);
  });
}

test('errors of queries to a valid file have codes, too', async () => {
  const snapshot = heapdump.openSync(GOOD);
  for (const id of [-1, 0.5, 2 ** 31]) {
    const missing = { code: 'ERR_HEAPDUMP_NODE_NOT_FOUND', nodeId: id };
    for (const question of ['node', 'children', 'retainers', 'pathsToRoot', 'dominators', 'dominatorTree']) {
      await assert.rejects(snapshot[question](id), missing, question);
      assert.throws(() => snapshot[`${question}Sync`](id), missing, question);
    }
  }
  const aborted = { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' };
  await assert.rejects(snapshot.summary({ signal: AbortSignal.abort('enough') }), aborted);
  await assert.rejects(heapdump.analyze(undefined, { signal: AbortSignal.abort('enough') }), aborted);
  assert.throws(() => heapdump.open(''), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => heapdump.open(5), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => snapshot.summary({ limit: -1 }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  snapshot.close();
  await assert.rejects(snapshot.summary(), { code: 'ERR_HEAPDUMP_CLOSED' });
});

test('one snapshot of a process is taken at a time', async () => {
  const [first, second] = await Promise.allSettled([heapdump.snapshot(), heapdump.snapshot()]);
  // Where V8 takes it synchronously, the first is done before the second starts.
  const both = first.status === 'fulfilled' && second.status === 'fulfilled';
  assert.ok(both || second.reason.code === 'ERR_HEAPDUMP_BUSY');
  for (const { value } of [first, second]) value?.close();
});
