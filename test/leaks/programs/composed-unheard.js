'use strict';
// Composed signals that nobody listens to: up to Node 22 the source keeps a weak reference for each in its set of dependants.
const lifetime = new AbortController();

function isAllowed(n) {
  const request = new AbortController();
  const signal = AbortSignal.any([lifetime.signal, request.signal]);
  return !signal.aborted && n >= 0;
}

require('../harness').run((n) => { for (let i = 0; i < 40; i++) isAllowed(n * 40 + i); });
