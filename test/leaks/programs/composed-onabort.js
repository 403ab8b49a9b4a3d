'use strict';
// Up to Node 22 a composed signal with an onabort handler is never released, not even after it was aborted.
function searchBooks(n) {
  const typing = new AbortController();
  const leaving = new AbortController();
  const either = AbortSignal.any([typing.signal, leaving.signal]);
  const hits = { n, scores: new Array(50).fill(n + 0.25) };
  either.onabort = function dropHits() { hits.scores = null; };
  const size = hits.scores.length;
  if (n % 2 === 0) typing.abort();
  return size;
}
require('../harness').run(searchBooks);
