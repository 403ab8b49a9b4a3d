'use strict';
// React on a server: a stream with two boundaries that wait for data.

const assert = require('node:assert/strict');
const http = require('node:http');
const { once } = require('node:events');

const ROWS = 100;

const row = (i, number) => `row ${number} of ${i}: <${(i * 31 + number) % 997}> & "${'x'.repeat(number % 10)}"`;

async function start() {
  const { Suspense, createElement, use, useId } = require('react');
  const { renderToPipeableStream } = require('react-dom/server');

  const Row = ({ text, number }) =>
    createElement('li', { id: useId(), 'data-number': number, style: { color: number % 2 ? 'red' : 'green' } }, text);
  const Rows = ({ data, from }) =>
    createElement(
      'ul',
      null,
      use(data).map((text, number) => createElement(Row, { key: number, number: from + number, text })),
    );
  const later = (i, from) =>
    new Promise((resolve) => {
      setImmediate(() => resolve(Array.from({ length: ROWS / 2 }, (_, number) => row(i, from + number))));
    });
  const Page = ({ i }) =>
    createElement(
      'html',
      null,
      createElement(
        'body',
        null,
        createElement('h1', null, `page ${i}`),
        [0, ROWS / 2].map((from) =>
          createElement(
            Suspense,
            { key: from, fallback: createElement('p', null, 'waiting') },
            createElement(Rows, { data: later(i, from), from }),
          ),
        ),
      ),
    );

  const server = http.createServer((request, response) => {
    const i = Number(request.url.slice(1));
    const { pipe } = renderToPipeableStream(createElement(Page, { i }), {
      onAllReady() {
        response.setHeader('content-type', 'text/html');
        pipe(response);
      },
      onError(error) {
        console.error(error);
        response.destroy(error);
      },
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const request = (i) => ({ method: 'GET', path: `/${i}` });

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#x27;': "'" };

function check(i, { status, body }) {
  const html = body.toString();
  assert.equal(status, 200);
  assert.ok(html.includes(`<h1>page ${i}</h1>`) && html.endsWith('</html>'), html.slice(0, 200));
  const rows = [...html.matchAll(/<li id="[^"]+" data-number="(\d+)" style="color:(red|green)">(.*?)<\/li>/g)];
  assert.equal(rows.length, ROWS);
  for (const [, number, color, text] of rows) {
    assert.equal(color, number % 2 ? 'red' : 'green');
    assert.equal(
      text.replace(/&[^;]+;/g, (entity) => ENTITIES[entity]),
      row(i, Number(number)),
    );
  }
}

module.exports = { check, request, start };
