'use strict';
// Composed signals without listeners: Node 20 keeps a weak reference for each in the set of dependants of its source.
const lifetime = new AbortController();

function isAllowed(n) {
  const request = new AbortController();
  const signal = AbortSignal.any([lifetime.signal, request.signal]);
  return !signal.aborted && n >= 0;
}

require('../harness').run((n) => { for (let i = 0; i < 40; i++) isAllowed(n * 40 + i); });
