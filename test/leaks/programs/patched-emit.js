'use strict';
// A plugin that is installed for every connection overrides emit of the one hub, once more each time.
const { EventEmitter } = require('node:events');

const hub = new EventEmitter();
hub.on('frame', () => {});

function installLogger(emitter, connection) {
  const superEmit = emitter.emit;
  emitter.emit = function loggingEmit(event, ...args) {
    connection.events.push(event);
    if (connection.events.length > 50) connection.events.length = 0;
    return superEmit.call(this, event, ...args);
  };
}

require('../harness').run((n) => {
  installLogger(hub, { id: n, events: [], address: Array.from({ length: 25 }, (_, i) => `10.0.${n}.${i}`) });
  hub.emit('frame', n);
});
