// https://github.com/i18next/i18next/issues/2227: the key of the cached formatter has the formatted date in it
const { measure } = require('./harness');
const i18next = require('i18next');
i18next.init({ lng: 'en', resources: { en: { translation: { since: 'since {{- date, datetime}}' } } } });
async function line(i) { return i18next.t('since', { date: new Date(i * 1e6), formatParams: { date: { year: 'numeric', month: 'long', day: 'numeric' } } }); }
measure(line, { warmup: 100, n: 200 });
