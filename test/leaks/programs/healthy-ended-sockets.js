'use strict';
// Sessions of the same kind, each ended by the client and awaited until both sides have closed.
const net = require('node:net');

const server = net.createServer(function welcome(socket) { socket.end('220 ready\r\n'); });

function visit(n) {
  return new Promise((resolve, reject) => {
    const session = { n, commands: new Array(40).fill(n + 0.5) };
    const socket = net.connect(server.address().port, '127.0.0.1');
    socket.on('data', (text) => { session.greeting = text.toString(); });
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

server.listen(0, '127.0.0.1', () => require('../harness').run(visit));
