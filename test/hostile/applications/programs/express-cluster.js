'use strict';
// Express in a cluster of 8 workers. Responses are compressed, so that libuv's thread pool works, too.

const assert = require('node:assert/strict');
const cluster = require('node:cluster');
const { once } = require('node:events');
const zlib = require('node:zlib');

const WORKERS = 8;
const ITEMS = 200;

const text = (i) => JSON.stringify(Array.from({ length: ITEMS }, (_, item) => ({ item, square: ((i % 1000) + item) ** 2 })));

async function start() {
  if (cluster.isWorker) return serve();
  let isStopping = false;
  cluster.on('exit', (worker, code, signal) => {
    if (isStopping && code === 0) return;
    console.error(`worker ${worker.process.pid} ended (${signal ?? code})`);
    process.exit(70);
  });
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  const [{ port }] = await Promise.all(workers.map((worker) => once(worker, 'listening').then(([address]) => address)));
  return {
    port,
    async stop() {
      isStopping = true;
      const ends = workers.map((worker) => once(worker, 'exit'));
      for (const worker of workers) worker.disconnect();
      await Promise.all(ends);
    },
  };
}

function serve() {
  const express = require('express');
  const app = express();
  app.use(express.json());
  app.post('/echo', ({ body }, response) => {
    zlib.gzip(text(body.i), (error, compressed) => {
      if (error) throw error;
      response.set({ 'content-type': 'application/json', 'content-encoding': 'gzip' }).send(compressed);
    });
  });
  // Port 0 is the same one for all workers.
  app.listen(0, '127.0.0.1');
  return {};
}

const request = (i) => ({
  method: 'POST',
  path: '/echo',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ i }),
});

function check(i, { status, body }) {
  assert.equal(status, 200);
  assert.equal(zlib.gunzipSync(body).toString(), text(i));
}

module.exports = { check, request, start, PROCESSES: WORKERS + 1 };
