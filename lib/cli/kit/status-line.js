'use strict';
// A line on stderr that is redrawn, for people who wait at a terminal. Elsewhere nothing is printed.

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
