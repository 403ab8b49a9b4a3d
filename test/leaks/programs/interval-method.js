'use strict';
// A class that starts its own interval.
class Poller {
  constructor(n) { this.url = `http://host/${n}`; this.history = new Array(200).fill(n + 0.25); }
  start() { this.timer = setInterval(() => this.poll(), 30_000); this.timer.unref(); return this; }
  poll() {}
}
require('../harness').run((n) => { new Poller(n).start(); });
