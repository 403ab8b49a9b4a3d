'use strict';
// `return consume()` in an async function resolves each promise with the next, so a consumer that never ends grows a chain.
const waiting = [];
const receive = () => new Promise((resolve) => { waiting.push(resolve); });
const deliver = (message) => { waiting.shift()(message); };

let handled = 0;
async function consume() {
  const message = await receive();
  handled += message.payload.length;
  return consume();
}

consume();
require('../harness').run(async (n) => {
  for (let i = 0; i < 20; i++) {
    deliver({ payload: `${n}.${i}` });
    await new Promise((resolve) => { setImmediate(resolve); });
  }
});
