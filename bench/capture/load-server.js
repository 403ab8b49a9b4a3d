'use strict';
// An HTTP server with a large heap: node load-server.js METHOD RECORDS OUT
// Sends {port}; dumps when it gets a message; sends {began} and {ended}, in milliseconds since 1970.

const http = require('node:http');
const grow = require('./heap.js');
const { METHODS } = require('./methods.js');

const [method, records, out] = process.argv.slice(2);

const dump = METHODS[method](out);
grow(Number(records));

const server = http.createServer((request, response) => {
  // Works on the heap a little, as a handler does.
  const record = globalThis.benchHeap[Math.floor(Math.random() * globalThis.benchHeap.length)];
  response.end(JSON.stringify({ id: record.id, text: record.describe() }));
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', async () => {
  process.send({ began: Date.now() });
  // The message must be sent before the process pauses.
  await new Promise((resolve) => setImmediate(resolve));
  await dump();
  process.send({ ended: Date.now() });
});
