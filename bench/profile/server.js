'use strict';
// A typical HTTP service: it parses requests, creates objects, retains some for a while, and responds with JSON.
// `node server.js INTERVAL|off`

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const http = require('node:http');
const heapdump = require('../..');

const [interval] = process.argv.slice(2);
if (interval !== 'off') heapdump.profile().start({ intervalBytes: Number(interval) });

const recent = [];

const server = http.createServer((request, response) => {
  const items = Array.from({ length: 50 }, (_, i) => ({ id: i, name: `item ${i}`, tags: [request.url, String(i)] }));
  recent.push(items);
  if (recent.length > 1000) recent.shift();
  response.end(JSON.stringify(items));
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

let before;
process.on('message', (message) => {
  if (message === 'begin') {
    before = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(before);
  process.send({ cpuMs: (user + system) / 1000 });
});
