'use strict';
// Encrypted tunnels with a pre-shared key: each is used once and left open on both sides.
const tls = require('node:tls');

const key = Buffer.from('0123456789abcdef');
const options = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' };
const gateway = tls.createServer({ ...options, pskCallback: () => key }, (socket) => {
  socket.on('data', (chunk) => socket.write(chunk));
});

function tunnel(n) {
  return new Promise((resolve, reject) => {
    const route = { n, hops: new Array(30).fill(n + 0.5) };
    const client = tls.connect({
      ...options, host: '127.0.0.1', port: gateway.address().port, checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: key, identity: 'edge' }),
    });
    client.on('secureConnect', () => client.write(`hello ${n}`));
    client.on('data', function onEcho(chunk) { route.echo = chunk.length; resolve(); });
    client.on('error', reject);
  });
}

gateway.listen(0, '127.0.0.1', () => require('../harness').run(tunnel));
