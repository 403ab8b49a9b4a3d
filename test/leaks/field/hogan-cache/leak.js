// https://github.com/twitter/hogan.js/issues/239: every text that was ever compiled stays in the cache
const { measure } = require('./harness');
const Hogan = require('hogan.js');
async function mail(i) {
  const template = Hogan.compile(`Dear customer ${i}, {{#items}}<li>{{name}}</li>{{/items}} your total is {{total}}.`);
  await null;
  return template.render({ items: [{ name: 'tea' }], total: i });
}
measure(mail, { warmup: 200, n: 300 });
