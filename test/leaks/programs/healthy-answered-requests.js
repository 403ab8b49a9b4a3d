'use strict';
// Every request is answered, read to its end, and its connection goes back to the agent.
const http = require('node:http');

const server = http.createServer((request, response) => {
  request.resume();
  response.end(JSON.stringify({ url: request.url, rows: new Array(50).fill(1) }));
});
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });

function loadTable(port, n) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, host: '127.0.0.1', path: `/table/${n}`, agent }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(JSON.parse(text).rows.length);
    });
    request.on('error', reject);
  });
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  require('../harness').run((n) => loadTable(port, n));
});
