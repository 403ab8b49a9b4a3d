'use strict';
// `exportTables()`: writes snapshots as Parquet tables.

const { nativeOf } = require('./snapshot.js');
const { checkSources, withSnapshots } = require('./sources.js');
const { NO_FACTS, TABLE_OPTIONS, factsOf, nativeArguments } = require('./tables.js');
const { checkOptions, wrongType } = require('../validate.js');
const { WORK_OPTIONS, follow } = require('./work.js');

/** Throws on wrong arguments; rejects on other errors. */
function exportTables(sources, options) {
  const list = checkSources('sources', Array.isArray(sources) ? sources : [sources], 1);
  const { signal, onProgress, ...how } = checkOptions(options, { ...TABLE_OPTIONS, ...WORK_OPTIONS });
  if (how.to === undefined) throw wrongType('The "to" option', 'the path of a directory', how.to);
  return exportEach(list, how, { signal, onProgress });
}

async function exportEach(sources, how, work) {
  const written = [];
  // One after the other: a thousand snapshots need the memory of one.
  for (const source of sources) {
    const files = await withSnapshots([source], work, (snapshot) => {
      const native = nativeOf(snapshot);
      const args = nativeArguments(native, how, snapshot === source ? NO_FACTS : factsOf(source));
      return follow(work, (control) => native.exportTables([], ...args, control));
    });
    written.push(...files);
  }
  return written;
}

module.exports = { exportTables };
