// A server that says OK to every command, in a process of its own.
const net = require('node:net');
const server = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => { for (const _ of data.toString().match(/^\*\d+\r$/gm) ?? []) socket.write('+OK\r\n'); });
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
