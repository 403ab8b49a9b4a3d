'use strict';
// The page of a report: one file that needs no other. `npm run build:web` builds it; data is put into its place here.

const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const BUILT = path.join(__dirname, '../../web/dist/report.html');

/** Where the data goes. */
const SLOT = '<script type="application/json" id="data"></script>';

/** Characters that could end the script, and those that old JavaScript does not know in JSON. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/** JSON for the inside of an element of HTML. Halves of characters are escaped by `JSON.stringify`. */
function embeddable(data) {
  return JSON.stringify(data).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Only who works on this package can meet it, and can help it. */
function noPage(reason) {
  return Object.assign(new Error(`the page ${reason}; to build it: npm run build:web`), { code: 'ERR_HEAPDUMP_NO_PAGE' });
}

/** The page without data. */
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
 * The page with its data.
 * @param {object} data anything that JSON can hold
 * @param {string} [html] a page without data
 */
function render(data, html = template()) {
  return html.replace(SLOT, () => SLOT.replace('></', () => `>${embeddable(data)}</`));
}

/**
 * Writes a file that only its owner can read, which has its name once it is complete. Replaces a file, but not what else
 * may stand in its place.
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
