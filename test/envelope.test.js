'use strict';
// The output of V8 is checked while it is written: a snapshot that lacks a chunk is not published.

const assert = require('node:assert/strict');
const { Session } = require('node:inspector');
const path = require('node:path');
const { test } = require('node:test');
const binding = require('../lib/binding.js');
const { readSnapshot } = require('./support/snapshot.js');
const { partials, snapshots, temporary } = require('./support/temporary.js');

/** The text of a snapshot of this process. */
function takeText() {
  const session = new Session();
  session.connect();
  let text = '';
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => {
    text += params.chunk;
  });
  session.post('HeapProfiler.stopTrackingHeapObjects', {});
  session.disconnect();
  return text;
}

/** Passes `chunks` to native code; returns its answer. */
function write(file, chunks) {
  const dump = binding.openDump({
    path: file,
    replace: true,
    sidecar: false,
    announce: false,
    retried: false,
    wait: false,
    deferred: false,
  });
  for (const chunk of chunks) dump.write(chunk);
  return dump.finish('{}');
}

/** Splits `text` into chunks of `size`. */
function pieces(text, size) {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

test('the whole text is published, in chunks of any size', (t) => {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  const text = takeText();
  for (const size of [text.length, 1_000_003, 102_400, 1009]) {
    assert.equal(typeof write(file, pieces(text, size)), 'string', `chunks of ${size}`);
  }
  readSnapshot(file);
});

test('a text that lacks its begin, its end or a piece of its nodes or edges is not', (t) => {
  const directory = temporary(t);
  const file = path.join(directory, 'a.heapsnapshot');
  const text = takeText();
  const nodes = text.indexOf('"nodes":[');
  const edges = text.indexOf('"edges":[');
  const cuts = {
    begin: text.slice(1000),
    end: text.slice(0, -1000),
    nodes: text.slice(0, nodes + 2000) + text.slice(nodes + 104_400),
    edges: text.slice(0, edges + 2000) + text.slice(edges + 104_400),
    'nodes and edges': text.slice(0, edges - 5000) + text.slice(edges + 5000),
    nothing: '',
  };
  for (const [what, cut] of Object.entries(cuts)) {
    assert.equal(write(file, pieces(cut, 102_400)).code, 'ERR_HEAPDUMP_TRUNCATED', `without ${what}`);
  }
  assert.deepEqual([snapshots(directory), partials(directory)], [[], []]);
});
