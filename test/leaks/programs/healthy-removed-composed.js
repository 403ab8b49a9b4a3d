'use strict';
// The listener of the composed signal is removed when the invoice is done, and Node lets the signal go.
const stopping = new AbortController();

async function handleInvoice(n) {
  const deadline = new AbortController();
  const signal = AbortSignal.any([stopping.signal, deadline.signal]);
  const invoice = { n, lines: new Array(40).fill(n + 0.5) };
  const cancelInvoice = () => { invoice.cancelled = true; };
  signal.addEventListener('abort', cancelInvoice);
  try {
    await null;
    return invoice.lines.length;
  } finally {
    signal.removeEventListener('abort', cancelInvoice);
  }
}

require('../harness').run(handleInvoice);
