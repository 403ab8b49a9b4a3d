'use strict';
// A server outside of the pod, but in its network: writes each request body to a file, and prints a line of JSON for each request.

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');

const [, , directory] = process.argv;

const server = http.createServer(async (request, response) => {
  const file = path.join(directory, path.basename(new URL(request.url, 'http://pod').pathname));
  await pipeline(request, fs.createWriteStream(file));
  console.log(JSON.stringify({ file, method: request.method, encoding: request.headers['transfer-encoding'] }));
  response.end();
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
