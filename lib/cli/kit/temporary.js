'use strict';

const fs = require('node:fs');

/**
 * Returns a function that removes a directory. It is also called when this process exits, for example at a second Ctrl+C.
 * @param {string} directory
 */
function removeAtExit(directory) {
  const remove = () => {
    process.removeListener('exit', remove);
    fs.rmSync(directory, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return remove;
}

module.exports = { removeAtExit };
