'use strict';
// Orders are in a list and in an index: neither dominates them.
const orders = [];
const byNumber = new Map();
class Order {
  constructor(number) {
    this.number = number;
    this.lines = Array.from({ length: 30 }, (_, i) => ({ article: i + 0.5, price: number + 0.25 }));
  }
}
function place(number) {
  const order = new Order(number);
  orders.push(order);
  byNumber.set(`no ${number}`, order);
}
for (let n = 0; n < 4000; n++) place(n);
module.exports = { place, count: () => orders.length, find: (number) => byNumber.get(number) };
require('../single.js').write();
