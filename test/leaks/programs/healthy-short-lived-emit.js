'use strict';
// Overrides emit of every stream, but each is wrapped twice at most and dies after its request.
const { EventEmitter } = require('node:events');

function installAudit(emitter, visit) {
  const plainEmit = emitter.emit;
  emitter.emit = function auditingEmit(event, ...args) {
    visit.events.push(event);
    return plainEmit.call(this, event, ...args);
  };
}

require('../harness').run((n) => {
  const visit = { id: n, events: [], address: Array.from({ length: 25 }, (_, i) => `10.0.${n}.${i}`) };
  const stream = new EventEmitter();
  stream.on('frame', () => {});
  installAudit(stream, visit);
  installAudit(stream, visit);
  for (let i = 0; i < 10; i++) stream.emit('frame', i);
});
