'use strict';
// A database in the process, with threads of its own.

const assert = require('node:assert/strict');

const ROWS = 20_000;

async function start() {
  const { DuckDBInstance } = require('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('CREATE TABLE events (batch INTEGER, id BIGINT, kind VARCHAR, amount DOUBLE)');
  return {
    async work(i) {
      const own = await instance.connect();
      try {
        await own.run(`INSERT INTO events SELECT ${i}, range, 'kind ' || (range % 10), range / 2 FROM range(${ROWS})`);
        const reader = await own.runAndReadAll(
          'SELECT kind, count(*)::INTEGER AS n, sum(amount) AS total FROM events WHERE batch = $1 GROUP BY kind ORDER BY kind',
          [i],
        );
        const n = ROWS / 10;
        assert.deepEqual(
          reader.getRows(),
          Array.from({ length: 10 }, (_, kind) => [`kind ${kind}`, n, (n * kind + (10 * (n * (n - 1))) / 2) / 2]),
        );
        await own.run('DELETE FROM events WHERE batch = $1', [i]);
        const [[left]] = (await own.runAndReadAll('SELECT count(*)::INTEGER FROM events WHERE batch = $1', [i])).getRows();
        assert.equal(left, 0);
      } finally {
        own.closeSync();
      }
    },
    stop() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

module.exports = { start, AT_ONCE: 4 };
