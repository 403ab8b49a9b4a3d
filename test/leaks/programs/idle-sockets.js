'use strict';
// Telnet-like sessions are opened and left: neither side ever ends its socket, and only the native handle keeps it.
const net = require('node:net');

const server = net.createServer(function greet(socket) { socket.write('220 ready\r\n'); });

function openSession(n) {
  return new Promise((resolve) => {
    const session = { n, commands: new Array(40).fill(n + 0.5) };
    const socket = net.connect(server.address().port, '127.0.0.1');
    socket.on('data', function onGreeting(text) { session.greeting = text.toString(); resolve(); });
  });
}

server.listen(0, '127.0.0.1', () => require('../harness').run(openSession));
