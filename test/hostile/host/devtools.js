'use strict';
// Opens a dump with the code of Chrome DevTools, which test/oracle installs, and looks for the objects planted by `service.js`.

const assert = require('node:assert/strict');
const { PLANTED } = require('./service.js');

/** Installs DevTools' code if needed. It is large, so the first case that needs it loads it. */
async function devtools() {
  const { DevTools } = await import('../../oracle/devtools.mjs');
  return DevTools;
}

/** Returns the children of the object `id`: name of the edge -> row. */
function children(snapshot, id) {
  return new Map(snapshot.containment(id, 100_000).rows.map((row) => [row.edge, row]));
}

/**
 * Fails unless DevTools opens the file and shows all planted objects: the list link by link, and the Map with its values and their
 * numbers.
 *
 * @returns {Promise<{nodes: number}>}
 */
async function checkInDevTools(file) {
  const DevTools = await devtools();
  const snapshot = await DevTools.open(file);
  const classes = new Map(snapshot.summary().rows.map((row) => [row.constructor, row]));
  assert.equal(classes.get('PlantedLink')?.count, PLANTED, 'links in DevTools');
  assert.equal(classes.get('PlantedValue')?.count, PLANTED, 'values in DevTools');
  const values = new Set(snapshot.instances(classes.get('PlantedValue').classKey, PLANTED).rows.map(({ id }) => id));
  const links = new Map(
    snapshot.instances(classes.get('PlantedLink').classKey, PLANTED).rows.map(({ id }) => [id, children(snapshot, id).get('next')]),
  );
  const followed = new Set([...links.values()].map((next) => next?.id).filter((id) => links.has(id)));
  assert.equal(followed.size, PLANTED - 1, 'every link but the first has one before it');
  const [first] = [...links.keys()].filter((id) => !followed.has(id));
  let length = 0;
  for (let id = first; links.has(id); id = links.get(id)?.id) length += 1;
  assert.equal(length, PLANTED, 'the list in one piece');
  const map = children(snapshot, snapshot.retainers(first, 10).rows.find(({ edge }) => edge === 'list').id).get('values');
  const table = children(snapshot, map.id).get('table');
  const held = [...children(snapshot, table.id).values()].filter(({ id }) => values.has(id));
  assert.equal(held.length, PLANTED, 'values in the table of the Map');
  assert.equal(new Set(held.map(({ id }) => id)).size, PLANTED);
  return { nodes: snapshot.nodeCount };
}

module.exports = { checkInDevTools };
