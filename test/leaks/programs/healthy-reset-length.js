'use strict';
// The list of replies is overwritten with undefined too, but its length is reset whenever all calls have been answered.
const replies = [];
let openCalls = 0;

function ask(callback) {
  openCalls += 1;
  return replies.push(callback) - 1;
}
function answer(id, value) {
  const callback = replies[id];
  replies[id] = undefined;
  callback(value);
  if (--openCalls === 0) replies.length = 0;
}

require('../harness').run((n) => {
  const ids = Array.from({ length: 250 }, () => ask((value) => value + n));
  ids.forEach(answer);
});
