// Clients come, join a room of their own, get an answer and leave; one stays.
const { measure } = require('./harness');
const http = require('node:http');
const { Server } = require('socket.io');
const { io } = require('socket.io-client');
const web = http.createServer();
const server = new Server(web);
server.on('connection', (socket) => {
  socket.on('join', (room, answer) => { socket.join(room); server.to(room).emit('news', { room }); answer(server.engine.clientsCount); });
});
web.listen(0, '127.0.0.1', async () => {
  const connect = async () => {
    const client = io('http://127.0.0.1:' + web.address().port, { transports: ['websocket'], forceNew: true, reconnection: false });
    await new Promise((resolve, reject) => { client.on('connect', resolve); client.on('connect_error', reject); });
    return client;
  };
  const steady = await connect();
  async function visit(i) {
    const client = await connect();
    await client.emitWithAck('join', 'room-' + i);
    await steady.emitWithAck('join', 'lobby');
    const left = new Promise((resolve) => { server.sockets.sockets.get(client.id).once('disconnect', resolve); });
    client.close();
    await left;
  }
  await measure(visit, { warmup: 80, n: 80, settle: 1200 });
});
