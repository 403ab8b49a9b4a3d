'use strict';
// The page of a report, configured to query this server instead of embedded data.

const { render, template } = require('../report/page.js');

/** The policy of a page opened from disk, which does not allow a server. */
const OWN_POLICY = /<meta http-equiv="Content-Security-Policy"[^>]*>\n?/;

/**
 * Returns the page with its initial data.
 *
 * @param {object} data see `ViewData` in web/src/source/remote.ts
 * @param {string} [file] the built page
 */
function page(data, file) {
  return render(data, template(file).replace(OWN_POLICY, ''));
}

/** Adds the nonce to the style and the script of the page. No other style is applied, and no other script runs. */
function withNonce(html, nonce) {
  return html.replace('<style>', `<style nonce="${nonce}">`).replace('<script>', `<script nonce="${nonce}">`);
}

module.exports = { page, withNonce };
