'use strict';

const { print } = require('./output.js');
const { bytes } = require('../../text.js');

/**
 * Writes the page of a report, and prints its path and size.
 * @param {string} file
 * @param {object} data of `build` in lib/report/build.js
 * @param {string} template of `template` in lib/report/page.js
 */
async function writePage(file, data, template) {
  const { render, write } = require('../../report/page.js');
  const html = render(data, template);
  write(file, html);
  await print([`${file} (${bytes(Buffer.byteLength(html))})`]);
}

module.exports = { writePage };
