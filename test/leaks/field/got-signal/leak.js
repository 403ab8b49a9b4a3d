// https://github.com/sindresorhus/got/issues/2160: each request leaves an abort listener on a signal that is used again
const { measure } = require('./harness');
const http = require('node:http');
process.on('warning', () => {});
const server = http.createServer((req, res) => res.end('{"ok":true}'));
server.listen(0, '127.0.0.1', async () => {
  const { default: got } = await import('got');
  const shutdown = new AbortController();
  const agent = { http: new http.Agent({ keepAlive: true, maxSockets: 2 }) };
  const url = 'http://127.0.0.1:' + server.address().port;
  measure((i) => got(`${url}/job/${i}`, { signal: shutdown.signal, agent, retry: { limit: 0 } }).json(), { warmup: 60, n: 100, settle: 1200 });
});
