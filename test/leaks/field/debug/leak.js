// https://github.com/debug-js/debug/issues/678: a logger is made for each request
const { measure } = require('./harness');
const debug = require('debug');
measure(async (i) => { debug(`app:request:${i}`)('start'); }, { warmup: 50, n: 100 });
