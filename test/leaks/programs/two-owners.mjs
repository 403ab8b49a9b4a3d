// An order belongs to a queue of the shop and to the history of its customer: neither alone explains why it stays.
import harness from '../harness.js';

const shippingQueue = [];
const historyByCustomer = new Map(['ann', 'bob', 'cid', 'dot'].map((name) => [name, []]));

class Order {
  constructor(n) { this.n = n; this.articles = Array.from({ length: 15 }, (_, i) => ({ i, price: n + 0.99 })); }
}

function placeOrder(n) {
  const order = new Order(n);
  shippingQueue.push(order);
  historyByCustomer.get(['ann', 'bob', 'cid', 'dot'][n % 4]).push(order);
}

await harness.run(placeOrder);
