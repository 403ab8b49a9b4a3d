'use strict';
// Reports results and errors of dumps to the application, by an emitter and by diagnostics_channel.

const { EventEmitter } = require('node:events');
const diagnostics = require('node:diagnostics_channel');

const emitter = new EventEmitter();
const channels = {
  dump: diagnostics.channel('heapdump-rs:dump'),
  error: diagnostics.channel('heapdump-rs:error'),
};

/** Publishes on the next tick, so that the caller of a dump gets its result first. */
function publish(event, message) {
  process.nextTick(() => {
    if (channels[event].hasSubscribers) channels[event].publish(message);
    // An 'error' event without a listener would end the process.
    if (emitter.listenerCount(event) > 0) emitter.emit(event, message);
  });
}

module.exports = { emitter, publish };
