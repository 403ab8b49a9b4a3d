'use strict';
// A logger is made for each request: https://github.com/debug-js/debug/issues/678
const { run } = require('../harness');
const debug = require(process.argv[3]);
run((n) => { debug(`app:request:${n}`)('start'); });
