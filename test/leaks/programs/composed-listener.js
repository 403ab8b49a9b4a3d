'use strict';
// A signal composed with the long-lived shutdown signal has a listener, so Node keeps it in gcPersistentSignals for ever.
const shutdown = new AbortController();

async function handleOrder(n) {
  const timeout = new AbortController();
  const signal = AbortSignal.any([shutdown.signal, timeout.signal]);
  const order = { n, lines: new Array(40).fill(n + 0.5) };
  signal.addEventListener('abort', function cancelOrder() { order.cancelled = true; });
  await null;
  return order.lines.length;
}

require('../harness').run(handleOrder);
