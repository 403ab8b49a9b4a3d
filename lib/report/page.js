'use strict';
// The page of a report: one file that needs no other. `npm run build:web` builds it; data is put into its place here.

const fs = require('node:fs');
const path = require('node:path');
const { argumentError } = require('../errors.js');

const BUILT = path.join(__dirname, '../../web/dist/report.html');

/** Where the data goes. */
const SLOT = '<script type="application/json" id="data"></script>';

/** Characters that could end the script, and those that old JavaScript does not know in JSON. */
const UNSAFE = /[<>&\u2028\u2029]/g;

/** JSON for the inside of an element of HTML. Halves of characters are escaped by `JSON.stringify`. */
function embeddable(data) {
  return JSON.stringify(data).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The page without data. */
function template(file = BUILT) {
  let html;
  try {
    html = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') throw argumentError('ERR_HEAPDUMP_NO_PAGE', `the page is not built: npm run build:web (there is no ${file})`);
    throw error;
  }
  if (html.split(SLOT).length !== 2) throw argumentError('ERR_HEAPDUMP_NO_PAGE', `the page has no place for data: npm run build:web (${file})`);
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
    throw Object.assign(new Error(`${file} is no file`), { code: 'EEXIST', syscall: 'open', path: file });
  }
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
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
    if (error.code !== 'EEXIST') fs.rmSync(temporary, { force: true });
    throw error;
  }
}

module.exports = { render, template, write };
