'use strict';
// A preview starts an HTTP server on a free port, and closing the preview does not close the server.
const http = require('node:http');

class Preview {
  constructor(page) {
    this.page = page;
    this.html = Buffer.from(`<h1>${page}</h1>`.repeat(50));
    this.server = http.createServer((request, response) => this.show(response));
  }
  show(response) { response.end(this.html); }
  open() { return new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); }); }
  close() { this.page = null; }
}

require('../harness').run(async (n) => {
  const preview = new Preview(`page ${n}`);
  await preview.open();
  preview.close();
});
