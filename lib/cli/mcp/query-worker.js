'use strict';
// SQL in a worker thread.

const { loadDuckDb, queryPage } = require('../../analysis/query.js');
const { serve } = require('./serve.js');

/** Maximum length of a text in a cell. */
const MAX_CHARACTERS = 300;
/** Maximum number of elements of a list in a cell. */
const MAX_ELEMENTS = 20;

/** Returns a value with long texts and lists cut. */
function cut(value) {
  if (typeof value === 'string') return value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}\u2026` : value;
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ELEMENTS).map(cut);
    return value.length > MAX_ELEMENTS ? [...shown, `\u2026 ${value.length - MAX_ELEMENTS} more`] : shown;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.slice(0, MAX_ELEMENTS).map(([key, one]) => [cut(key), cut(one)]));
}

serve({
  /** Fails if DuckDB is not installed. */
  check() {
    loadDuckDb();
  },

  async query({ directory, sql, offset, limit }, { signal }) {
    const page = await queryPage(directory, sql, { offset, limit, signal });
    return { ...page, rows: page.rows.map((row) => row.map(cut)) };
  },
});
