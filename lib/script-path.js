'use strict';
// Converts the URL of a script in V8 to a path.

const { fileURLToPath } = require('node:url');

/** Returns the path of a `file:` URL. Returns other URLs and names as they are, also URLs that are no valid path on this system. */
function scriptPath(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

module.exports = { scriptPath };
