'use strict';
// Opens a pipe for a snapshot that is sent while it is being written.

const net = require('node:net');
const binding = require('../binding.js');
const { fromFailure } = require('../errors.js');

/**
 * Opens a pipe. The writer must close `writeEnd`.
 *
 * @returns {{readable: net.Socket, writeEnd: number}}
 */
function openPipe() {
  const ends = binding.openPipe();
  if (!Array.isArray(ends)) throw fromFailure(ends);
  const [readEnd, writeEnd] = ends;
  return { readable: new net.Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
}

module.exports = { openPipe };
