// https://github.com/loomio/loomio/issues/4248: a dynamic view for each page that nobody removes from the collection
const { measure } = require('./harness');
const Loki = require('lokijs');
const db = new Loki('shop.db', { adapter: new Loki.LokiMemoryAdapter() });
const orders = db.addCollection('orders');
for (let id = 0; id < 50; id++) orders.insert({ id, customer: id % 5 });
async function page(i) {
  const view = orders.addDynamicView('customer-page-' + i);
  view.applyFind({ customer: i % 5 });
  return view.data().length;
}
measure(page, { warmup: 100, n: 300 });
