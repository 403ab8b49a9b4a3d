'use strict';
// Listeners that are taken off, and ten that stay.
const { EventEmitter } = require('node:events');
const bus = new EventEmitter().setMaxListeners(0);
for (let i = 0; i < 30; i++) bus.on('change', () => i);
require('../harness').run((n) => {
  const state = { n, text: 's'.repeat(500) };
  const listener = () => state.text;
  bus.on('change', listener);
  bus.emit('change');
  bus.off('change', listener);
});
