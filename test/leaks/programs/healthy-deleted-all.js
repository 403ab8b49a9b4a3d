'use strict';
// Every entry of the array is deleted by index: its length grows, but V8 drops the empty slots, so memory does not.
const tickets = [];
require('../harness').run((n) => {
  for (let i = 0; i < 100; i++) {
    const id = tickets.push({ n, i }) - 1;
    delete tickets[id];
  }
});
