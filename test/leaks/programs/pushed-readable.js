'use strict';
// A feed pushes every event into its readable side whatever push() returns, and the only reader has been paused.
const { Readable } = require('node:stream');

class EventFeed extends Readable {
  constructor() { super({ objectMode: true, highWaterMark: 8 }); }
  _read() {}
  publish(event) { this.push(event); }
}

const feeds = { prices: new EventFeed() };
feeds.prices.on('data', () => {});
feeds.prices.pause();

require('../harness').run((n) => feeds.prices.publish({ n, quotes: Array.from({ length: 50 }, (_, i) => n + i / 100) }));
