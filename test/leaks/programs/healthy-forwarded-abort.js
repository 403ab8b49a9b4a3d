'use strict';
// The long-lived signal is forwarded by hand to a controller for each parcel, and the forwarding is taken off again.
const retirement = new AbortController();

async function deliver(n) {
  const own = new AbortController();
  const forward = () => own.abort(retirement.signal.reason);
  retirement.signal.addEventListener('abort', forward, { once: true });
  const parcel = { n, weights: new Array(60).fill(n + 0.5) };
  own.signal.addEventListener('abort', () => { parcel.returned = true; });
  try {
    await null;
    return parcel.weights.length;
  } finally {
    retirement.signal.removeEventListener('abort', forward);
  }
}

require('../harness').run(deliver);
