// Templates compiled once and for each mail, texts in two languages, Markdown from users.
const { measure } = require('./harness');
const Handlebars = require('handlebars');
const nunjucks = require('nunjucks');
const pug = require('pug');
const i18next = require('i18next');
const markdown = require('markdown-it')();
const sanitize = require('sanitize-html');
i18next.init({ lng: 'en', resources: { en: { translation: { hello: 'Hello {{name}}, {{count}} orders' } }, de: { translation: { hello: 'Hallo {{name}}, {{count}} Bestellungen' } } } });
const list = Handlebars.compile('{{#each items}}<li>{{name}}</li>{{/each}}');
const page = pug.compile('main\n  each item in items\n    p= item.name');
const environment = new nunjucks.Environment(null, { autoescape: true });
async function mail(i) {
  const items = [{ name: 'tea ' + i }, { name: 'milk' }];
  const once = Handlebars.compile(`Order ${i}: {{total}}`);
  const t = i18next.getFixedT(i % 2 ? 'en' : 'de');
  return [list({ items }), page({ items }), once({ total: i }), environment.renderString(`{% for item in items %}{{ item.name }} ${i}{% endfor %}`, { items }),
    t('hello', { name: 'user ' + i, count: i }), sanitize(markdown.render(`# Title ${i}\n\n* one\n* [two](https://example.com/${i})`))].join('').length;
}
measure(mail, { warmup: 300, n: 300 });
