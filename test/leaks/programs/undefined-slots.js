'use strict';
// The callback of each call is overwritten with undefined when it was called; the slots stay, one for every call ever made.
const callbacks = [];
let nextId = 0;

function send(callback) {
  const id = nextId++;
  callbacks[id] = callback;
  return id;
}
function receive(id, answer) {
  const callback = callbacks[id];
  callbacks[id] = undefined;
  callback(answer);
}

require('../harness').run((n) => {
  for (let i = 0; i < 250; i++) receive(send((answer) => answer + n), i);
});
