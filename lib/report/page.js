'use strict';
// Fills the page of a report: a single HTML file, built by `npm run build:web`.

const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const BUILT = path.join(__dirname, '../../web/dist/report.html');

/** The element for the data. */
const SLOT = '<script type="application/json" id="data"></script>';

/** Characters that could end the script element, and those that older JavaScript does not allow in JSON. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/** Returns JSON for an HTML element. `JSON.stringify` escapes lone surrogates. */
function embeddable(data) {
  return JSON.stringify(data).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Throws an error that only developers of this package can meet. */
function noPage(reason) {
  return Object.assign(new Error(`the page ${reason}; to build it: npm run build:web`), { code: 'ERR_HEAPDUMP_NO_PAGE' });
}

/** Returns the page without data. */
function template(file = BUILT) {
  let html;
  try {
    html = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') throw noPage(`is not built (there is no ${file})`);
    throw error;
  }
  if (html.split(SLOT).length !== 2) throw noPage(`has no place for data (${file})`);
  return html;
}

/**
 * Returns the page with its data.
 *
 * @param {object} data JSON-serialisable
 * @param {string} [html] a page without data
 */
function render(data, html = template()) {
  return html.replace(SLOT, () => SLOT.replace('></', () => `>${embeddable(data)}</`));
}

/**
 * Writes a file that only its owner can read, and renames it to its final name when it is complete. Replaces a regular file, but
 * nothing else.
 */
function write(file, text) {
  const existing = fs.lstatSync(file, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) {
    const code = existing.isSymbolicLink() ? 'ELOOP' : 'EEXIST';
    throw Object.assign(new Error(`${code}: not a file, open '${file}'`), { code, syscall: 'open', path: file });
  }
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const descriptor = fs.openSync(temporary, 'wx', 0o600);
    try {
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

module.exports = { render, template, write };
