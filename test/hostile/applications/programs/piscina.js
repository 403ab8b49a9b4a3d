'use strict';
// A pool of 50 threads, with more tasks than threads.

const assert = require('node:assert/strict');
const path = require('node:path');

const THREADS = 50;
const NUMBERS = 5000;

function start() {
  const { Piscina } = require('piscina');
  const pool = new Piscina({ filename: path.join(__dirname, 'piscina-task.js'), minThreads: THREADS, maxThreads: THREADS });
  return {
    async work(i) {
      const { sorted, sum, text } = await pool.run({ i, count: NUMBERS });
      assert.equal(sorted.length, NUMBERS);
      for (let at = 0; at < NUMBERS; at++) assert.equal(sorted[at], at * 2);
      assert.equal(sum, NUMBERS * (NUMBERS - 1));
      assert.equal(text, `task ${i}: `.repeat(100));
    },
    stop: () => pool.close(),
  };
}

module.exports = { start, AT_ONCE: THREADS * 2 };
