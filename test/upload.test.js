'use strict';
// Sending a file to an address: retries, redirects, timeouts, proxies, and that secrets are shown nowhere.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { checkDestination, shownUrl } = require('../lib/send/destination.js');
const { proxyFor } = require('../lib/send/proxy.js');
const { fromFile } = require('../lib/send/source.js');
const { upload } = require('../lib/send/upload.js');
const { cleanup } = require('./support/cleanup.js');
const { bodyOf, hashOf, receiver } = require('./support/receiver.js');
const { temporary } = require('./support/temporary.js');

const SECRET = 'X-Amz-Signature=5ec4e7';
const LONG = { timeout: 180_000 };
for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy']) {
  delete process.env[name];
  delete process.env[name.toUpperCase()];
}

/** A file of three megabytes: more than sockets buffer. */
function someFile(t) {
  const file = path.join(temporary(t), 'a.heapsnapshot');
  const bytes = crypto.randomBytes(3 << 20);
  fs.writeFileSync(file, bytes);
  return { bytes, source: fromFile(file, bytes.length) };
}

const to = (url, options) => checkDestination('to', { url: `${url}?${SECRET}`, ...options });

/** Returns the error with which an upload rejects; no form of printing it shows a secret. */
async function refused(promise) {
  const error = await promise.then(
    () => assert.fail('it was sent'),
    (reason) => reason,
  );
  assert.equal(error.code, 'ERR_HEAPDUMP_UPLOAD');
  const all = inspect(error, { depth: 10, showHidden: true });
  for (const secret of ['5ec4e7', 'pa55word', 't0ken']) assert.ok(!all.includes(secret), all);
  return error;
}

test('a file is put with its length; the result has its hash, and not the query', LONG, async (t) => {
  const { requests, origin } = await receiver(t);
  const { bytes, source } = someFile(t);
  const sent = await upload(source, to(`${origin}/a`, { headers: { 'X-Custom': '1' } }));
  assert.deepEqual(sent, { to: `${origin}/a`, bytes: bytes.length, sha256: hashOf(bytes), status: 200, attempts: 1 });
  const [{ method, url, headers, sha256 }] = requests;
  assert.deepEqual([method, url, sha256], ['PUT', `/a?${SECRET}`, hashOf(bytes)]);
  assert.equal(headers['content-length'], String(bytes.length));
  assert.equal(headers['x-custom'], '1');
  assert.equal(headers['content-type'], undefined, 'a signature may not cover it');
});

test('POST, and user and password of the address', LONG, async (t) => {
  const { requests, origin } = await receiver(t);
  const { source } = someFile(t);
  const sent = await upload(source, to(`${origin.replace('//', '//me:pa55word@')}/a`, { method: 'POST' }));
  assert.equal(requests[0].method, 'POST');
  assert.equal(requests[0].headers.authorization, `Basic ${Buffer.from('me:pa55word').toString('base64')}`);
  assert.equal(sent.to, `${origin}/a`);
});

test('a slow server receives the whole file', LONG, async (t) => {
  const { requests, origin } = await receiver(t, async (request, response) => {
    request.on('data', () => {
      request.pause();
      setTimeout(() => request.resume(), 2);
    });
    await requests[0].body;
    response.end();
  });
  const { bytes, source } = someFile(t);
  const sent = await upload(source, to(origin, { timeoutMs: 20_000 }));
  assert.deepEqual([sent.sha256, requests[0].sha256, sent.attempts], [hashOf(bytes), hashOf(bytes), 1]);
});

test('a connection that is cut in the middle: a second attempt from the beginning', LONG, async (t) => {
  const { bytes, source } = someFile(t);
  const { requests, origin } = await receiver(t, async (request, response, number) => {
    if (number === 0) {
      let seen = 0;
      request.on('data', (chunk) => {
        seen += chunk.length;
        if (seen > bytes.length / 2) request.destroy();
      });
      return;
    }
    await requests[number].body;
    response.end();
  });
  const sent = await upload(source, to(origin));
  assert.deepEqual([sent.attempts, sent.sha256, requests[1].sha256], [2, hashOf(bytes), hashOf(bytes)]);
  await requests[0].closed;
  assert.equal(requests[0].isComplete, false);
});

test('403: no second attempt, no body sent; the error contains only the code of the response', LONG, async (t) => {
  const { requests, origin } = await receiver(
    t,
    (request, response) => {
      response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code><StringToSign>t0ken</StringToSign></Error>');
    },
    { expects: false },
  );
  const { source } = someFile(t);
  const error = await refused(upload(source, to(`${origin}/a`, { headers: { authorization: 'Bearer t0ken' } })));
  assert.deepEqual([error.status, error.attempts, error.url], [403, 1, `${origin}/a`]);
  assert.match(error.message, /403 \(SignatureDoesNotMatch\)/);
  await requests[0].closed;
  assert.equal(requests.length, 1);
  assert.equal(requests[0].bytes ?? 0, 0);
});

test('the response of a server that refuses in the middle of the body is read', LONG, async (t) => {
  // It continues to read, like nginx: closing at once would reset the connection, and the response could be lost.
  const server = net.createServer((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
    socket.resume().on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { source } = someFile(t);
  const error = await refused(upload(source, to(`http://127.0.0.1:${server.address().port}`)));
  assert.deepEqual([error.status, error.attempts], [413, 1]);
});

test('500, then 503 with Retry-After, then 200', LONG, async (t) => {
  const answers = [500, 503, 200];
  const { requests, origin } = await receiver(t, async (request, response, number) => {
    await requests[number].body;
    response.writeHead(answers[number], number === 1 ? { 'retry-after': '0' } : {}).end();
  });
  const { bytes, source } = someFile(t);
  const sent = await upload(source, to(origin));
  assert.deepEqual([sent.attempts, sent.status, requests[2].sha256], [3, 200, hashOf(bytes)]);
});

test('it gives up after so many attempts', LONG, async (t) => {
  const { requests, origin } = await receiver(t, (request, response) => {
    response.writeHead(503, { 'retry-after': '0' }).end();
  });
  const { source } = someFile(t);
  const error = await refused(upload(source, to(origin, { attempts: 3 })));
  assert.deepEqual([error.status, error.attempts, requests.length], [503, 3, 3]);
});

test('307 within an origin keeps the headers, 308 to another one drops them', LONG, async (t) => {
  const other = await receiver(t);
  const { requests, origin } = await receiver(t, (request, response, number) => {
    response.writeHead(number === 0 ? 307 : 308, { location: number === 0 ? '/next' : `${other.origin}/there?k=2` }).end();
  });
  const { bytes, source } = someFile(t);
  const sent = await upload(source, to(`${origin}/a`, { headers: { 'x-api-key': 't0ken' } }));
  assert.deepEqual([requests[1].url, requests[1].headers['x-api-key']], ['/next', 't0ken']);
  const [{ method, url, headers, sha256 }] = other.requests;
  assert.deepEqual([method, url, headers['x-api-key'], sha256], ['PUT', '/there?k=2', undefined, hashOf(bytes)]);
  assert.deepEqual([sent.attempts, sent.to], [1, `${origin}/a`]);
});

test('redirects in a circle, and those that change the method, are errors', LONG, async (t) => {
  const circle = await receiver(t, (request, response) => response.writeHead(307, { location: '/' }).end());
  const { source } = someFile(t);
  assert.match((await refused(upload(source, to(circle.origin)))).message, /redirects too often/);
  const found = await receiver(t, (request, response) => response.writeHead(302, { location: '/' }).end());
  assert.equal((await refused(upload(source, to(found.origin)))).status, 302);
  const nowhere = await receiver(t, (request, response) => response.writeHead(307).end());
  assert.match((await refused(upload(source, to(nowhere.origin)))).message, /redirects to no http/);
  assert.equal(nowhere.requests.length, 1);
});

test('a server that neither reads nor responds: a timeout for each attempt', LONG, async (t) => {
  const { origin } = await receiver(t, () => {});
  const { source } = someFile(t);
  const error = await refused(upload(source, to(origin, { timeoutMs: 150, attempts: 2 })));
  assert.equal(error.attempts, 2);
  assert.equal(error.cause.code, 'ETIMEDOUT');
});

test('connection refused: the error names the reason, and no secret', LONG, async (t) => {
  const { server, origin } = await receiver(t);
  server.close();
  const { source } = someFile(t);
  const error = await refused(upload(source, to(`${origin}/a`, { attempts: 1, headers: { cookie: 't0ken' } })));
  assert.match(error.message, /ECONNREFUSED/);
});

test('an abort ends the upload', LONG, async (t) => {
  const controller = new AbortController();
  const { origin } = await receiver(t, (request) => request.once('data', () => controller.abort()));
  const { source } = someFile(t);
  await assert.rejects(upload(source, to(origin), controller.signal), { name: 'AbortError', code: 'ABORT_ERR' });
});

test('through a proxy: the whole address, and its own authorization', LONG, async (t) => {
  const proxy = await receiver(t);
  process.env.HTTP_PROXY = proxy.origin.replace('//', '//me:pa55word@');
  t.after(() => delete process.env.HTTP_PROXY);
  const { bytes, source } = someFile(t);
  const sent = await upload(source, to('http://bucket.invalid/a'));
  const [{ url, headers, sha256 }] = proxy.requests;
  assert.deepEqual([url, headers.host, sha256], [`http://bucket.invalid/a?${SECRET}`, 'bucket.invalid', hashOf(bytes)]);
  assert.equal(headers['proxy-authorization'], `Basic ${Buffer.from('me:pa55word').toString('base64')}`);
  assert.equal(sent.to, 'http://bucket.invalid/a');
});

test('https through a proxy: a tunnel', LONG, async (t) => {
  const pair = certificate(temporary(t));
  if (!pair) return t.skip('there is no openssl to make a certificate');
  let sha256;
  const server = https.createServer(pair, async (request, response) => {
    sha256 = hashOf(await bodyOf(request));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = [];
  const proxy = http.createServer();
  proxy.on('connect', (request, socket) => {
    asked.push([request.url, request.headers['proxy-authorization'] !== undefined]);
    const there = net.connect(server.address().port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    for (const end of [there, socket]) end.on('error', () => {});
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  cleanup(t, () => {
    server.closeAllConnections();
    server.close();
    proxy.close();
  });
  process.env.https_proxy = `http://me:pa55word@127.0.0.1:${proxy.address().port}`;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => {
    delete process.env.https_proxy;
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  });
  const { bytes, source } = someFile(t);
  await upload(source, to('https://bucket.invalid/a'));
  assert.equal(sha256, hashOf(bytes));
  assert.deepEqual(asked, [['bucket.invalid:443', true]]);
});

/** Creates a self-signed certificate; `undefined` without openssl. */
function certificate(directory) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(directory, name));
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=bucket.invalid',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  if (spawnSync('openssl', args, { stdio: 'ignore' }).status !== 0) return undefined;
  return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
}

test('the environment decides about the proxy as it does for curl', () => {
  const cases = [
    [{ HTTP_PROXY: 'proxy:3128' }, 'http://a.example/', 'http://proxy:3128'],
    [{ HTTP_PROXY: 'proxy:3128' }, 'https://a.example/', undefined],
    [{ https_proxy: 'http://p1', HTTPS_PROXY: 'http://p2' }, 'https://a.example/', 'http://p1'],
    [{ ALL_PROXY: 'http://p' }, 'https://a.example/', 'http://p'],
    [{ HTTP_PROXY: 'http://p', NO_PROXY: 'localhost,.example' }, 'http://a.example/', undefined],
    [{ HTTP_PROXY: 'http://p', NO_PROXY: 'example' }, 'http://badexample/', 'http://p'],
    [{ HTTP_PROXY: 'http://p', NO_PROXY: 'a.example:81' }, 'http://a.example/', 'http://p'],
    [{ HTTP_PROXY: 'http://p', NO_PROXY: 'a.example:80' }, 'http://a.example/', undefined],
    [{ HTTP_PROXY: 'http://p', no_proxy: '*' }, 'http://a.example/', undefined],
    [{ HTTP_PROXY: 'http://p', NO_PROXY: '[::1]' }, 'http://[::1]:8080/', undefined],
  ];
  for (const [env, url, expected] of cases) assert.equal(proxyFor(new URL(url), env)?.origin, expected, JSON.stringify([env, url]));
  assert.throws(
    () => proxyFor(new URL('http://a/'), { http_proxy: 'socks5://me:pa55word@p' }),
    (error) => !inspect(error).includes('pa55word'),
  );
});

test('an invalid destination is refused, and not quoted', () => {
  const bad = [
    `ftp://a/?${SECRET}`,
    `nonsense ${SECRET}`,
    -1,
    1.5,
    null,
    {},
    { url: `http://a/?${SECRET}`, method: 'GET' },
    { url: `http://a/?${SECRET}`, headers: { 'x-key': 't0ken\n' } },
    { url: `http://a/?${SECRET}`, headers: { 'Content-Length': '1' } },
    { url: `http://a/?${SECRET}`, attempts: 0 },
    { url: `http://a/?${SECRET}`, timeoutMs: -1 },
    { url: `http://a/?${SECRET}`, header: {} },
  ];
  for (const value of bad) {
    assert.throws(
      () => checkDestination('The "to" option', value),
      (error) => {
        assert.match(error.code, /^ERR_(INVALID_ARG|OUT_OF_RANGE)/);
        const all = inspect(error, { depth: 10, showHidden: true });
        assert.ok(!all.includes('5ec4e7') && !all.includes('t0ken'), all);
        return true;
      },
    );
  }
  assert.deepEqual(checkDestination('to', '-'), { kind: 'descriptor', descriptor: 1 });
  assert.equal(shownUrl(new URL(`https://me:pa55word@h:1/p?${SECRET}#f`)), 'https://h:1/p');
});
