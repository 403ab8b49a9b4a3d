'use strict';
// A rehearsal starts a server of its own as well, and waits until that server has closed.
const http = require('node:http');

class Rehearsal {
  constructor(scene) {
    this.html = Buffer.from(`<h1>${scene}</h1>`.repeat(50));
    this.server = http.createServer((request, response) => response.end(this.html));
  }
  begin() { return new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); }); }
  end() { return new Promise((resolve) => { this.server.close(resolve); }); }
}

require('../harness').run(async (n) => {
  const rehearsal = new Rehearsal(`scene ${n}`);
  await rehearsal.begin();
  await rehearsal.end();
});
