'use strict';
// A static field holds every instance ever made.
class Session {
  static all = new Set();
  constructor(n) { this.n = n; this.token = `token of ${n} `.repeat(20); Session.all.add(this); }
}
require('../harness').run((n) => { new Session(n); });
