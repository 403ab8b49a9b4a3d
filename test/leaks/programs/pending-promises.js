'use strict';
// Requests wait for an answer that never comes.
const inFlight = [];
function ask(n) {
  const question = { n, text: 'q'.repeat(900) + n };
  inFlight.push(new Promise((resolve) => { question.resolve = resolve; }));
}
require('../harness').run(ask);
