'use strict';
// Signals composed of composed signals: that of the session with that of the request, and a listener on the result.
function createSession() {
  const login = new AbortController();
  const quit = new AbortController();
  const session = AbortSignal.any([login.signal, quit.signal]);
  return {
    end: () => quit.abort(),
    request(n) {
      const single = new AbortController();
      const both = AbortSignal.any([session, AbortSignal.any([single.signal])]);
      const answer = { n, cells: new Array(50).fill(n + 0.25) };
      both.onabort = () => { answer.cells = null; };
      return answer.cells.length;
    },
  };
}

const visitor = createSession();
require('../harness').run((n) => visitor.request(n));
