'use strict';
// Sends the heap statistics of this thread to another thread that calls `memory()`.

const binding = require('../binding.js');
const inbox = require('./inbox.js');

inbox.handle('memory', ({ from, ticket }) => {
  const { statisticsHere } = require('../memory/isolates.js');
  binding.post(from, JSON.stringify({ kind: 'finished', ticket, result: statisticsHere() }), false);
  return true;
});
