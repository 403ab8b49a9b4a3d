'use strict';
// An HTTP server for one test: it records requests, and responds as the test says.

const crypto = require('node:crypto');
const http = require('node:http');
const { once } = require('node:events');
const { cleanup } = require('./cleanup.js');

/**
 * Starts a server on loopback.
 *
 * @param {object} t the test; the server stops at its end
 * @param {(request: object, response: object, number: number) => void} [serve] called for each request, with its number from 0;
 *   by default the server reads the whole body and responds 200
 * @param {{expects?: boolean}} [how] `expects: false`: no automatic response to `Expect: 100-continue`
 */
async function receiver(t, serve, { expects = true } = {}) {
  const requests = [];
  const handle = (request, response) => {
    const { method, url, headers } = request;
    const entry = { method, url, headers, isComplete: false };
    requests.push(entry);
    entry.closed = new Promise((resolve) => {
      request.socket.on('close', () => {
        entry.isComplete = request.complete;
        resolve();
      });
    });
    entry.body = bodyOf(request).then((body) => Object.assign(entry, { bytes: body.length, sha256: hashOf(body), content: body }));
    entry.body.catch(() => {});
    if (serve) return serve(request, response, requests.length - 1);
    return entry.body.then(
      () => response.end(),
      () => {},
    );
  };
  const server = http.createServer(handle);
  if (!expects) server.on('checkContinue', handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return { server, requests, origin: `http://127.0.0.1:${server.address().port}` };
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function hashOf(bytes) {
  return crypto.createHash('sha256').update(bytes).digest('hex');
}

module.exports = { bodyOf, hashOf, receiver };
