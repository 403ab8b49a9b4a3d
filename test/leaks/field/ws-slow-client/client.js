// Opens a WebSocket and stops reading.
const net = require('node:net');
const socket = net.connect(Number(process.argv[2]), '127.0.0.1', () => {
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  socket.once('data', () => { socket.pause(); process.send('paused'); });
});
process.on('disconnect', () => process.exit());
