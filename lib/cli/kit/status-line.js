'use strict';
// A line of progress on stderr that is redrawn. Prints nothing if stderr is not a terminal.

const CLEAR = '\r\u001b[K';

function write(text) {
  if (process.stderr.isTTY) process.stderr.write(text);
}

const statusLine = {
  show(text) {
    write(CLEAR + text);
  },
  clear() {
    write(CLEAR);
  },
};

module.exports = { statusLine };
