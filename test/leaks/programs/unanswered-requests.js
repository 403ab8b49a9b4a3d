'use strict';
// The server forgets to answer one path, and the client has no timeout: the requests wait for ever on their sockets.
const http = require('node:http');

const server = http.createServer((request, response) => {
  if (request.url === '/health') response.end('ok');
});

class ReportClient {
  constructor(port) { this.port = port; }
  fetchReport(n) {
    return new Promise((sent) => {
      const query = { n, filters: Array.from({ length: 30 }, (_, i) => `${n}.${i}`) };
      const request = http.get({ port: this.port, host: '127.0.0.1', path: `/report/${n}`, agent: false });
      request.on('response', function onReport(response) { query.status = response.statusCode; });
      request.on('finish', sent);
    });
  }
}

server.listen(0, '127.0.0.1', () => {
  const client = new ReportClient(server.address().port);
  require('../harness').run((n) => client.fetchReport(n));
});
