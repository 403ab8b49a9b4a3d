'use strict';
// Where a script is, by the URL that V8 has for it.

const { fileURLToPath } = require('node:url');

/** Returns the path of a `file:` URL. Other URLs and names stay as they are, also those that are no path on this system. */
function scriptPath(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

module.exports = { scriptPath };
