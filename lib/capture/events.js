'use strict';
// Tells the application what became of dumps: an emitter and diagnostics_channel.

const { EventEmitter } = require('node:events');
const diagnostics = require('node:diagnostics_channel');

const emitter = new EventEmitter();
const channels = {
  dump: diagnostics.channel('heapdump-rs:dump'),
  error: diagnostics.channel('heapdump-rs:error'),
};

/** Publishes on the next tick: the caller of a dump gets its own answer first. */
function publish(event, message) {
  process.nextTick(() => {
    if (channels[event].hasSubscribers) channels[event].publish(message);
    // An 'error' that nobody listens to would end the process.
    if (emitter.listenerCount(event) > 0) emitter.emit(event, message);
  });
}

module.exports = { emitter, publish };
