'use strict';
// Results have an age, but are not removed: https://github.com/sindresorhus/memoize/issues/14
const { setTimeout } = require('node:timers/promises');
const { run } = require('../harness');
const mem = require(process.argv[3]);
const lookUp = mem((n) => ({ n, text: 't'.repeat(500) + n }), { maxAge: 5 });
// Longer than their age, so that what can be removed is.
run((n) => { lookUp(n); }, () => setTimeout(100));
