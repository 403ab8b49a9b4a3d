'use strict';
// The same kind of encrypted link, destroyed by the client as soon as the echo has come.
const tls = require('node:tls');

const secret = Buffer.from('fedcba9876543210');
const settings = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' };
const peer = tls.createServer({ ...settings, pskCallback: () => secret }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (chunk) => socket.end(chunk));
});

function link(n) {
  return new Promise((resolve, reject) => {
    const client = tls.connect({
      ...settings, host: '127.0.0.1', port: peer.address().port, checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: secret, identity: 'edge' }),
    });
    client.on('secureConnect', () => client.write(`hello ${n}`));
    client.on('data', () => client.destroy());
    client.on('error', reject);
    client.on('close', resolve);
  });
}

peer.listen(0, '127.0.0.1', () => require('../harness').run(link));
