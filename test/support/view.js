'use strict';
// A server of `view` for one test, and requests to it that are sent verbatim.

const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { ViewServer } = require('../../lib/view/server.js');
const { cleanup } = require('./cleanup.js');
const { ROOT } = require('./temporary.js');

/** Replaces the built page. */
const PAGE = `<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-x'">
<style>
p {}
</style>
</head><body><script type="application/json" id="data"></script><script>
start();
</script></body></html>
`;

/** Writes the page into `directory`. */
function builtPage(directory) {
  const file = path.join(directory, 'page.html');
  fs.writeFileSync(file, PAGE);
  return file;
}

/** Writes a module that has a command use that page, and returns its path. */
function builtPageModule(directory) {
  const file = path.join(directory, 'preload.js');
  fs.writeFileSync(
    file,
    `
    const page = require(${JSON.stringify(path.join(ROOT, 'lib/report/page.js'))});
    const { template } = page;
    page.template = () => template(${JSON.stringify(builtPage(directory))});
  `,
  );
  return file;
}

/** Starts a server, without waiting for the analysis. */
async function serve(t, directory, files, options = {}) {
  const server = new ViewServer(files, { template: builtPage(directory), ...options });
  cleanup(t, () => server.close());
  await server.listen();
  return server;
}

/** Sends a request verbatim: neither path nor headers are normalised. */
async function request(server, target, { method = 'GET', headers = {} } = {}) {
  const { port } = server;
  const sent = http.request({
    host: '127.0.0.1',
    port,
    method,
    path: target,
    agent: false,
    headers: { Host: `127.0.0.1:${port}`, ...headers },
  });
  sent.on('error', () => {}); // also after the answer; before it, the wait below fails
  sent.end();
  const [response] = await once(sent, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const isJson = /^application\/json/.test(response.headers['content-type']);
  return { status: response.statusCode, headers: response.headers, text, json: isJson && text ? JSON.parse(text) : undefined };
}

/** Returns the path of a query below the token. */
function question(server, name, args, flags = '') {
  return `${new URL(server.url).pathname}api/${name}?q=${encodeURIComponent(JSON.stringify(args ?? []))}${flags}`;
}

/** Sends a query. `flags`: `&values`, `&whole`. */
function ask(server, name, args, flags) {
  return request(server, question(server, name, args, flags));
}

module.exports = { PAGE, ask, builtPage, builtPageModule, question, request, serve };
