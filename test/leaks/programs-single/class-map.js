'use strict';
// A Map in a private field of a class.
class SessionStore {
  #sessions = new Map();
  open(token) {
    this.#sessions.set(token, { token, rights: Array.from({ length: 40 }, (_, i) => `right ${token} ${i}`) });
  }
}
const store = new SessionStore();
for (let n = 0; n < 4000; n++) store.open(`token-${n}`);
module.exports = { open: (token) => store.open(token) };
require('../single.js').write();
