'use strict';
// A duplex in a closure: its input waits for a handshake that the other side never completes.
const { Duplex } = require('node:stream');

function openTunnel() {
  let handshakeDone = null;
  const tunnel = new Duplex({
    read() {},
    write(chunk, encoding, callback) {
      if (handshakeDone === true) callback();
      else handshakeDone = callback;
    },
  });
  return { send: (text) => tunnel.write(text), close: () => tunnel.destroy() };
}

const uplink = openTunnel();
require('../harness').run((n) => { uplink.send(Buffer.alloc(2_000, n)); });
