'use strict';
// A shop that keeps a session for each visitor. Its parent process is the traffic: it asks for visits and for snapshots.

const heapdump = require('heapdump-rs');
const { SessionStore } = require('session-store');

const MAX_PRICES = 500;

const sessions = new SessionStore();
/** A cache with a limit: it fills during the first visits, and is no leak. */
const prices = new Map();

function priceOf(article) {
  if (!prices.has(article)) {
    if (prices.size >= MAX_PRICES) prices.delete(prices.keys().next().value);
    prices.set(article, { article, cents: article.length * 100 });
  }
  return prices.get(article);
}

let visits = 0;
function visit() {
  visits += 1;
  const session = sessions.open(`visitor ${visits}`);
  for (let i = 0; i < 3; i++) session.cart.push(priceOf(`article ${(visits * 7 + i) % 900}`));
  sessions.close(session);
}

process.on('message', async ({ visits: count, dumpTo }) => {
  if (count) for (let i = 0; i < count; i++) visit();
  const file = dumpTo && (await heapdump.dump({ path: dumpTo, compress: 'zstd', sidecar: true }).then(({ path }) => path));
  process.send({ file });
});
