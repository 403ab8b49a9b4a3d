'use strict';
// The consumer is a loop: each message is awaited in one and the same async function.
const pending = [];
const take = () => new Promise((resolve) => { pending.push(resolve); });
const give = (message) => { pending.shift()(message); };

let bytes = 0;
async function drain() {
  for (;;) {
    const message = await take();
    bytes += message.payload.length;
  }
}

drain();
require('../harness').run(async (n) => {
  for (let i = 0; i < 20; i++) {
    give({ payload: `${n}.${i}` });
    await new Promise((resolve) => { setImmediate(resolve); });
  }
});
