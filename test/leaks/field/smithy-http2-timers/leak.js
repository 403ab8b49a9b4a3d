// https://github.com/smithy-lang/smithy-typescript/issues/2258: the timer of a destroyed HTTP/2 session keeps it
const { measure } = require('./harness');
const { fork } = require('node:child_process');
const { NodeHttp2Handler } = require('@smithy/node-http-handler');
const { HttpRequest } = require('@smithy/protocol-http');
const server = fork(require.resolve('./server.js'));
server.once('message', (port) => {
  const handler = new NodeHttp2Handler({ disableConcurrentStreams: true });
  async function put(i) {
    const request = new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port, method: 'POST', path: '/record/' + i, headers: {}, body: 'record ' + i });
    const { response } = await handler.handle(request);
    for await (const _ of response.body);
  }
  measure(put, { warmup: 40, n: 80, settle: 1200 });
});
