'use strict';
// heapdump-rs: heap snapshots without fear. Requiring it makes SIGUSR2 write one.

const binding = require('./lib/binding.js');
const { capabilities } = require('./lib/capabilities.js');
const { dump } = require('./lib/dump.js');
const { emitter } = require('./lib/events.js');
const { install, installAtLoad, uninstall } = require('./lib/signal.js');
const { writeSnapshot } = require('./lib/write-snapshot.js');

// Signals belong to the process: the main thread answers, or a worker that calls install().
if (binding.isMainThread()) installAtLoad();

/** Chainable like an emitter's own methods. */
const listen = (method) => (event, listener) => {
  emitter[method](event, listener);
  return module.exports;
};

module.exports = {
  writeSnapshot,
  dump,
  install,
  uninstall,
  capabilities,
  on: listen('on'),
  once: listen('once'),
  off: listen('off'),
};
