'use strict';
// Each request patches `query` of the one database object for its trace; the wrapper calls the wrapper before it.
const database = {
  rows: new Map([[1, 'one']]),
  query(id) { return this.rows.get(id); },
};

function traceRequest(n) {
  const spans = [{ n, tags: new Array(60).fill(n + 0.5) }];
  const original = database.query;
  database.query = function tracedQuery(id) {
    spans[0].last = id;
    return original.call(this, id);
  };
  return database.query(1);
}

require('../harness').run(traceRequest);
