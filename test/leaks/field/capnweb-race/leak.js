// https://github.com/cloudflare/capnweb/pull/168: each message races against the abort promise of the session
const { measure } = require('./harness');
const { RpcTarget, newWebSocketRpcSession } = require('capnweb');
const { WebSocket, WebSocketServer } = require('ws');
globalThis.WebSocket ??= WebSocket;      // Node 20 has none
class Orders extends RpcTarget {
  find(id) { return { id, items: ['tea', 'milk'], note: 'order ' + id }; }
}
const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
wss.on('connection', (socket) => newWebSocketRpcSession(socket, new Orders()));
wss.on('listening', () => {
  const socket = new WebSocket('ws://127.0.0.1:' + wss.address().port);
  socket.on('open', () => {
    const orders = newWebSocketRpcSession(socket);
    measure(async (i) => {
      const promise = orders.find(i);
      const order = await promise;
      order[Symbol.dispose]?.();
      promise[Symbol.dispose]?.();
    }, { warmup: 200, n: 300 });
  });
});
