'use strict';
// Composed signals without listeners: from Node 24 on, nothing of them remains once finalizers have run.
const existence = new AbortController();

function mayGoOn(n) {
  const visit = new AbortController();
  const signal = AbortSignal.any([existence.signal, visit.signal]);
  return !signal.aborted && n >= 0;
}

require('../harness').run((n) => { for (let i = 0; i < 10; i++) mayGoOn(n * 10 + i); });
