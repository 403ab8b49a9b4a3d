// https://github.com/websockets/ws/issues/1830: a client that does not read, and a server that goes on sending
const { measure } = require('./harness');
const { fork } = require('node:child_process');
const { WebSocketServer } = require('ws');
const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
wss.on('listening', () => {
  const client = fork(require.resolve('./client.js'), [String(wss.address().port)]);
  client.once('message', async () => {
    function broadcast(i) {
      const prices = JSON.stringify({ i, prices: Array.from({ length: 100 }, (_, k) => ({ id: k, price: (i * k) % 97 })) });
      for (const socket of wss.clients) socket.send(prices);
      return new Promise(setImmediate);
    }
    // What the operating system buffers is full by then.
    measure(broadcast, { warmup: 3000, n: 300 });
  });
});
