'use strict';
// A small order service with a common leak: a chain of closures.

require('../..'); // in your program: require('heapdump-rs')
const http = require('node:http');

class OrderLine {
  constructor(article, quantity) {
    this.article = article;
    this.quantity = quantity;
  }
}

class Order {
  constructor(number, lines) {
    this.number = number;
    this.lines = lines;
  }
}

let latest = null;

/** Stores the latest order. All earlier ones should be free. */
function place(lines) {
  const previous = latest;
  // Both functions share one scope. `confirm` lives as long as its order does, and with it the
  // scope, and with that `previous`, which only `explain` ever needed: a chain of all orders.
  const explain = () => (previous ? `after order ${previous.number}` : 'the first order');
  const order = new Order(previous ? previous.number + 1 : 1, lines);
  order.confirm = () => `order ${order.number} with ${lines.length} lines`;
  if (process.env.EXPLAIN) console.log(explain());
  latest = order;
  return order;
}

const server = http.createServer((request, response) => {
  const lines = Array.from({ length: 10 }, (_, i) => new OrderLine(`article ${i}`, 1 + i % 3));
  response.end(place(lines).confirm());
});

server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
