'use strict';

const { LIST_OPTIONS, range } = require('./kit/arguments.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { integer } = require('../text.js');

async function run({ values, positionals: [file] }) {
  const snapshot = await open(file);
  const { rows } = snapshot.timelineSync();
  const { limit = rows.length, offset } = range(values);
  const part = rows.slice(offset, offset + limit);
  if (values.json) return printJson({ rows: part });
  if (rows.length === 0) return print(['the snapshot has no timeline: V8 did not track objects when it was taken']);
  await printTable(
    [
      { title: 'Seconds', align: 'right' },
      { title: 'Objects', align: 'right' },
      { title: 'Shallow size', align: 'right' },
      { title: 'Last id', align: 'right' },
    ],
    part.map((row) => [
      (row.timestampMs / 1000).toFixed(3),
      integer(row.count),
      integer(row.shallowSize),
      integer(row.lastAssignedId),
    ]),
    values,
  );
  return print(['', style('dim', shown('points', part.length, rows.length))]);
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: LIST_OPTIONS,
  help: `Living objects by the time of their allocation, as in the allocation timeline of DevTools. A row has the objects that were allocated
since the row before. The snapshot must have been taken while V8 tracked objects (HeapProfiler.startTrackingHeapObjects).`,
  run,
};
