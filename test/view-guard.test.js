'use strict';
// `view`: who may send queries. A web site in the same browser and other programs on the machine may not.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { MAX_URL_LENGTH } = require('../lib/view/guard.js');
const { temporary } = require('./support/temporary.js');
const { ask, question, request, serve } = require('./support/view.js');

const FIXTURE = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');

const pathOf = (server) => new URL(server.url).pathname;

/** The headers of every response. */
function assertHeaders({ headers }, about) {
  assert.equal(headers['cache-control'], 'no-store', about);
  assert.equal(headers['x-content-type-options'], 'nosniff', about);
  assert.equal(headers['referrer-policy'], 'no-referrer', about);
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin', about);
  assert.match(headers['content-security-policy'], /^default-src 'none'/, about);
  assert.equal(headers['access-control-allow-origin'], undefined, about);
}

test('requests that are not from the page are refused, and get no data', async (t) => {
  const server = await serve(t, temporary(t), [FIXTURE]);
  const { port } = server;
  const good = question(server, 'summary');
  assert.equal((await request(server, good)).status, 200);
  assert.equal((await request(server, good, { headers: { Host: `localhost:${port}` } })).status, 200);
  const own = { Origin: `http://127.0.0.1:${port}`, 'Sec-Fetch-Site': 'same-origin' };
  assert.equal((await request(server, good, { headers: own })).status, 200);
  assert.equal((await request(server, pathOf(server), { headers: { 'Sec-Fetch-Site': 'none' } })).status, 200);
  const token = pathOf(server).slice(1, -1);
  const refused = [
    ['a foreign host', good, { headers: { Host: 'evil.example' } }, 403],
    ['a foreign host with the port', good, { headers: { Host: `evil.example:${port}` } }, 403],
    ['another port', good, { headers: { Host: '127.0.0.1:1' } }, 403],
    ['no port', good, { headers: { Host: '127.0.0.1' } }, 403],
    ['an address that begins alike', good, { headers: { Host: `127.0.0.1:${port}.evil.example` } }, 403],
    ['another origin', good, { headers: { Origin: 'http://evil.example' } }, 403],
    ['the same machine, another port', good, { headers: { Origin: 'http://127.0.0.1:1' } }, 403],
    ['the other name of the machine', good, { headers: { Origin: `http://localhost:${port}` } }, 403],
    ['an origin that is none', good, { headers: { Origin: 'null' } }, 403],
    ['another site', good, { headers: { 'Sec-Fetch-Site': 'cross-site' } }, 403],
    ['another port of the site', good, { headers: { 'Sec-Fetch-Site': 'same-site' } }, 403],
    ['no token', '/', {}, 403],
    ['no token, a question', '/api/summary', {}, 403],
    ['a wrong token', `/${'A'.repeat(token.length)}/api/summary`, {}, 403],
    ['part of the token', `/${token.slice(1)}/api/summary`, {}, 403],
    ['the token in the query', `/api/summary?token=${token}`, {}, 403],
    ['the token in capitals', `/${token.toUpperCase()}/`, {}, 403],
    ['an address as for a proxy', `http://127.0.0.1:${port}${good}`, {}, 403],
    ['POST', good, { method: 'POST' }, 405],
    ['PUT', good, { method: 'PUT' }, 405],
    ['DELETE', good, { method: 'DELETE' }, 405],
    ['OPTIONS', good, { method: 'OPTIONS', headers: { Origin: 'http://evil.example' } }, 403],
    ['HEAD', good, { method: 'HEAD' }, 405],
    ['a path to a file', `${pathOf(server)}../../../../etc/passwd`, {}, 404],
    ['the same, escaped', `${pathOf(server)}%2e%2e%2f%2e%2e%2fetc/passwd`, {}, 404],
    ['the same, below the questions', `${pathOf(server)}api/../../package.json`, {}, 404],
    ['what objects inherit', `${pathOf(server)}api/constructor`, {}, 404],
    ['the same', `${pathOf(server)}api/__proto__`, {}, 404],
    ['methods of the handle', `${pathOf(server)}api/close`, {}, 404],
    ['a long query', `${good}&x=${'y'.repeat(MAX_URL_LENGTH)}`, {}, 414],
  ];
  for (const [what, target, options, status] of refused) {
    const response = await request(server, target, options);
    assert.equal(response.status, status, what);
    assertHeaders(response, what);
    assert.doesNotMatch(response.text, /"rows"|root:|"name"/, what);
    assert.ok(!response.text.includes(token), what);
  }
  // The response arrives while the request is still being sent, and can be lost with it.
  const huge = await request(server, `${good}&x=${'y'.repeat(1 << 20)}`).catch((error) => error);
  assert.ok(huge.status === 431 || ['ECONNRESET', 'EPIPE'].includes(huge.code), String(huge.status ?? huge.code));
  assert.equal((await request(server, good)).status, 200, 'it lives on');
});

test('invalid HTTP ends the connection, not the server', async (t) => {
  const server = await serve(t, temporary(t), [FIXTURE]);
  const { port } = server;
  const requests = [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    `GET ${pathOf(server)} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
    '\0\0\0\0',
    `GET \ud83d HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
  ];
  for (const text of requests) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end(text);
    socket.resume();
    await once(socket, 'close');
  }
  assert.equal((await ask(server, 'summary')).status, 200);
});

test('it listens on loopback only', async (t) => {
  const server = await serve(t, temporary(t), [FIXTURE]);
  assert.equal(new URL(server.url).hostname, '127.0.0.1');
  const { networkInterfaces } = require('node:os');
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (!outside) return t.diagnostic('this machine has no other address');
  const socket = net.connect(server.port, outside.address);
  await assert.rejects(once(socket, 'connect'), { code: 'ECONNREFUSED' });
});

test('the page may run its own script, and nothing else', async (t) => {
  const server = await serve(t, temporary(t), [FIXTURE], { language: 'zh' });
  const pages = [await request(server, pathOf(server)), await request(server, `${pathOf(server)}?lang=en`)];
  const nonces = pages.map((page) => {
    assert.equal(page.status, 200);
    assertHeaders(page);
    assert.match(page.headers['content-type'], /^text\/html; charset=utf-8/);
    const policy = page.headers['content-security-policy'];
    const [, nonce] = /script-src 'nonce-([\w-]{32})'/.exec(policy);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(page.text.split(`<script nonce="${nonce}">`).length, 2);
    assert.equal(page.text.split(`<style nonce="${nonce}">`).length, 2);
    assert.doesNotMatch(page.text, /Content-Security-Policy/, 'the policy of a report forbids to ask');
    assert.match(page.text, /id="data">\{"mode":"view","version":"[^"]+","language":"zh","mayShowValues":true\}</);
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
});

test('the address without its last slash leads to the page', async (t) => {
  const server = await serve(t, temporary(t), [FIXTURE]);
  for (const [target, location] of [
    ['', '/'],
    ['?lang=zh', '/?lang=zh'],
  ]) {
    const { status, headers } = await request(server, pathOf(server).slice(0, -1) + target);
    assert.deepEqual([status, headers.location], [302, pathOf(server).slice(0, -1) + location]);
  }
});

test('each server has a token of its own; an invitation leads to it once', async (t) => {
  const directory = temporary(t);
  const [server, other] = [await serve(t, directory, [FIXTURE]), await serve(t, directory, [FIXTURE])];
  assert.notEqual(pathOf(server), pathOf(other));
  assert.match(pathOf(server), /^\/[\w-]{32}\/$/);
  assert.equal((await request(other, pathOf(server))).status, 403);
  const invitation = new URL(server.invite()).pathname;
  assert.equal((await request(server, invitation, { headers: { Host: 'evil.example' } })).status, 403);
  const { status, headers } = await request(server, invitation);
  assert.deepEqual([status, headers.location], [302, pathOf(server)]);
  assert.equal((await request(server, invitation)).status, 403);
});
