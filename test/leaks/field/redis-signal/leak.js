// https://github.com/redis/node-redis/issues/2465: the abort listener of a command stays when the command was sent
const { measure } = require('./harness');
const net = require('node:net');
const { createClient, commandOptions } = require('@redis/client');
process.on('warning', () => {});
// A server that answers every command with the same value.
const server = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => { for (const _ of data.toString().match(/^\*\d+\r$/gm) ?? []) socket.write('$5\r\nvalue\r\n'); });
});
server.listen(0, '127.0.0.1', async () => {
  const client = createClient({ socket: { host: '127.0.0.1', port: server.address().port } });
  await client.connect();
  const { signal } = new AbortController();
  globalThis.shutdown = signal;
  measure((i) => client.get(commandOptions({ signal }), 'session:' + i), { warmup: 200, n: 400 });
});
