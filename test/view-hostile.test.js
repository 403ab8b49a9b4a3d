'use strict';
// `view` under a thousand hostile requests and 500 connections: it refuses or answers, and its memory does not grow.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { temporary } = require('./support/temporary.js');
const { builtPage, question, request } = require('./support/view.js');

const FIXTURE = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');
const REQUESTS = 1000;
const CONNECTIONS = 500;
/** Number of concurrent requests. */
const AT_ONCE = 20;
const MAX_GROWTH = 1.3;

/** Requests of every kind, `[target, options]`; `i` varies them. */
function hostile(server, i) {
  const { port } = server;
  const base = new URL(server.url).pathname;
  const good = question(server, 'summary', [{}]);
  const nested = (open, close, depth) => `${base}api/summary?q=${encodeURIComponent(open.repeat(depth) + close.repeat(depth))}`;
  const kinds = [
    [good, { headers: { Host: `host${i}.example` } }],
    [good, { headers: { Origin: `http://127.0.0.1:${port + 1 + (i % 9)}` } }],
    [`/api/summary?token=${base.slice(1, -1)}&i=${i}`],
    [`${base}${'../'.repeat(1 + (i % 30))}etc/passwd`],
    [`${base}${'%2e%2e%2f'.repeat(1 + (i % 30))}etc%00/passwd`],
    [`${base}api/${['__proto__', 'constructor', 'toString', 'hasOwnProperty'][i % 4]}`],
    [question(server, 'summary', [{ ['__proto__']: { limit: 1 }, constructor: { prototype: { polluted: true } } }])],
    [`${base}api/summary?q=${encodeURIComponent('[{"__proto__":{"polluted":true}}]')}`],
    [nested('[', ']', 2000)],
    [nested('[{"a":', '}]', 800)],
    [question(server, 'children', [`${'9'.repeat(400)}`, {}])],
    [question(server, 'children', [-1 - i, { limit: 1e9 }])],
    [question(server, 'objects', [{ name: 'x'.repeat(5000), limit: Number.MAX_SAFE_INTEGER }])],
    [question(server, 'search', [{ text: '(a+)+$'.repeat(300) }])],
    [`${base}api/summary?q=${encodeURIComponent('{'.repeat(3000))}`],
    [`${base}api/summary?${'q=[]&'.repeat(2000)}`],
    [`${base}api/summary?x=${'y'.repeat(20_000)}`],
    [`${base}api/${'a'.repeat(8000)}`],
    [good, { method: ['POST', 'PUT', 'PATCH', 'TRACE'][i % 4] }],
    [good],
  ];
  const [target, options = {}] = kinds[i % kinds.length];
  return request(server, target, options);
}

const residentBytes = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

test(
  'a thousand hostile requests are refused or answered, and leave nothing behind',
  { skip: process.platform !== 'linux' && 'reads /proc', timeout: 120_000 },
  async (t) => {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      `
    const { ViewServer } = require(${JSON.stringify(path.resolve(__dirname, '../lib/view/server.js'))});
    const server = new ViewServer([${JSON.stringify(FIXTURE)}], { template: ${JSON.stringify(builtPage(directory))} });
    (async () => {
      await server.listen();
      await server.opened();
      say('server', { url: server.url, port: server.port });
    })();
    process.stdin.on('data', () => { gc(); gc(); say('collected', ({}).polluted ?? null); });
  `,
      { execArgv: ['--expose-gc'] },
    );
    const server = await app.said('server');
    const collected = () => {
      app.child.stdin.write('gc\n');
      return app.said('collected');
    };
    /** Sends `count` requests, some at a time; each must get a response other than a server error. */
    const storm = async (count) => {
      let next = 0;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (next < count) {
            const i = next++;
            const response = await hostile(server, i);
            assert.ok(response.status < 500, `request ${i}: ${response.status} ${response.text.slice(0, 200)}`);
            assert.doesNotMatch(response.text, /root:|at .*[.]js:/, `request ${i}`);
          }
        }),
      );
    };
    // The first of each kind allocates permanent memory: compiled code, cached answers.
    await storm(REQUESTS);
    await collected();
    const before = residentBytes(app.pid);
    const sockets = Array.from({ length: CONNECTIONS }, (_, i) => {
      const socket = net.connect(server.port, '127.0.0.1').on('error', () => {});
      // Half of them send nothing, half never finish a request.
      if (i % 2)
        socket.write(`GET ${new URL(server.url).pathname} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-Slow: ${'z'.repeat(i)}`);
      return socket;
    });
    await Promise.all(sockets.map((socket) => socket.connecting && once(socket, 'connect')));
    await storm(REQUESTS);
    assert.equal(await collected(), null, 'prototypes are as they were');
    const during = residentBytes(app.pid);
    for (const socket of sockets) socket.destroy();
    assert.equal((await request(server, question(server, 'summary', [{}]))).status, 200, 'it lives on');
    assert.ok(during < MAX_GROWTH * before, `${before} → ${during} bytes`);
    t.diagnostic(`${(before / 1e6).toFixed(0)} MB → ${(during / 1e6).toFixed(0)} MB`);
  },
);
