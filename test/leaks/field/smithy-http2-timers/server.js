// An HTTP/2 server in a process of its own.
const http2 = require('node:http2');
const server = http2.createServer((req, res) => { req.resume(); req.on('end', () => res.end('{"ok":true}')); });
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
