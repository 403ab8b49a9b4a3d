'use strict';
// `heapdump-rs view` as a process: its address, its end, its errors. Does not need the built page.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { cleanEnvironment } = require('./support/app.js');
const { cleanup } = require('./support/cleanup.js');
const { ROOT, seen: appears, temporary } = require('./support/temporary.js');
const { builtPageModule } = require('./support/view.js');

const FIXTURE = path.resolve(__dirname, 'fixtures/adversarial1.heapsnapshot.gz');
const skip = process.platform === 'win32' && 'there are no signals';

/** Starts the command in `directory`, with a substitute for the built page. */
function view(t, directory, args, env = {}) {
  const child = spawn(
    process.execPath,
    ['-r', builtPageModule(directory), path.join(ROOT, 'bin/heapdump-rs.js'), 'view', ...args],
    {
      cwd: directory,
      env: { ...cleanEnvironment(), NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  cleanup(t, async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const output = printed(child.stdout);
  return { child, exit, output, line: output.then((text) => text.trimEnd()) };
}

/** Returns the output as soon as it is complete: an address, or a JSON object. */
function printed(stream) {
  let text = '';
  return new Promise((resolve) => {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (/^(http.*\n|\{.*\n\}\n)$/s.test(text)) resolve(text);
    });
  });
}

async function get(url) {
  const [response] = await once(http.get(url, { agent: false }), 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode, text };
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`it prints its address and serves until ${signal}`, { skip }, async (t) => {
    const { child, exit, line } = view(t, temporary(t), [FIXTURE, FIXTURE, '--lang=zh']);
    const url = await line;
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
    assert.match((await get(url)).text, /"language":"zh"/);
    assert.equal((await get(`${url}api/diff?q=[0]`)).status, 200);
    // An open connection does not keep it alive.
    const socket = net.connect(new URL(url).port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    child.kill(signal);
    assert.deepEqual(await exit, { code: 0, signal: null, stderr: '' });
    await assert.rejects(get(url), { code: 'ECONNREFUSED' });
  });
}

test('the address comes as JSON, on the port that was asked for', async (t) => {
  const free = net.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  const directory = temporary(t);
  // Taken for now.
  const refused = await view(t, directory, [FIXTURE, `--port=${port}`]).exit;
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /EADDRINUSE/);
  free.close();
  await once(free, 'close');
  const { child, output } = view(t, directory, [FIXTURE, `--port=${port}`, '--json', '--no-values']);
  const { url, ...rest } = JSON.parse(await output);
  assert.deepEqual(rest, { port, pid: child.pid });
  assert.equal((await get(`${url}api/summary?values`)).status, 400);
});

test('files that cannot be served end it with a code', async (t) => {
  const directory = temporary(t);
  const broken = path.join(directory, 'broken.heapsnapshot');
  fs.writeFileSync(broken, 'no');
  const cases = [
    [[path.join(directory, 'missing.heapsnapshot')], 3, /ENOENT/],
    [[FIXTURE, broken], 3, /ERR_HEAPDUMP_PARSE/],
    [[directory], 3, /EISDIR/],
    [[], 2, /usage/],
    [[FIXTURE, '--port=70000'], 2, /--port/],
    [[FIXTURE, '--port=x'], 2, /--port/],
    [[FIXTURE, '--lang=fr'], 2, /--lang/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await view(t, directory, args).exit;
    assert.equal(ended.code, code, `${args}: ${ended.stderr}`);
    assert.match(ended.stderr, message);
  }
});

test('--open gives the browser an address that works once', { skip }, async (t) => {
  const directory = temporary(t);
  const seen = path.join(directory, 'seen');
  fs.mkdirSync(path.join(directory, 'bin'));
  const opener = { darwin: 'open' }[process.platform] ?? 'xdg-open';
  fs.writeFileSync(path.join(directory, 'bin', opener), `#!/bin/sh\necho "$1" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`, {
    mode: 0o755,
  });
  const { line } = view(t, directory, [FIXTURE, '--open'], { PATH: `${path.join(directory, 'bin')}:${process.env.PATH}` });
  const url = await line;
  const invitation = await appears(directory, () => fs.existsSync(seen) && fs.readFileSync(seen, 'utf8').trim());
  assert.notEqual(invitation, url);
  assert.equal((await get(invitation)).status, 302);
  assert.equal((await get(invitation)).status, 403);
});
