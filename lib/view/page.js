'use strict';
// The page: the one of a report, which asks this server instead of holding answers.

const { render, template } = require('../report/page.js');

/** The policy of a page that lies on a disk: it knows no server. */
const OWN_POLICY = /<meta http-equiv="Content-Security-Policy"[^>]*>\n?/;

/**
 * The page, and what it is told before it asks.
 * @param {object} data see `ViewData` in web/src/source/remote.ts
 * @param {string} [file] the built page
 */
function page(data, file) {
  return render(data, template(file).replace(OWN_POLICY, ''));
}

/** Marks the style and the script of the page: nothing else is applied, nothing else runs. */
function withNonce(html, nonce) {
  return html.replace('<style>', `<style nonce="${nonce}">`).replace('<script>', `<script nonce="${nonce}">`);
}

module.exports = { page, withNonce };
