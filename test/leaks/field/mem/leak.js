// https://github.com/sindresorhus/memoize/issues/14: results have an age, but are not removed
const { measure } = require('./harness');
const mem = require('mem');
const lookUp = mem((id) => ({ id, text: 't'.repeat(500) + id }), { maxAge: 5 });
measure(async (i) => { lookUp(i); }, { warmup: 50, n: 100 });
