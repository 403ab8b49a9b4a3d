'use strict';
// A ticker pushes the same way; its reader is paused now and then, and catches up.
const { Readable } = require('node:stream');

class Ticker extends Readable {
  constructor() { super({ objectMode: true, highWaterMark: 8 }); }
  _read() {}
  publish(event) { this.push(event); }
}

const ticker = new Ticker();
let total = 0;
ticker.on('data', ({ quotes }) => { total += quotes.length; });

require('../harness').run(async (n) => {
  if (n % 4 === 0) ticker.pause();
  ticker.publish({ n, quotes: Array.from({ length: 50 }, (_, i) => n + i / 100) });
  if (n % 4 === 3) ticker.resume();
  await new Promise((resolve) => { setImmediate(resolve); });
});
