'use strict';
// This test fails: it finds the leak.
const { expectNoLeak } = require('heapdump-rs');
const { replaceThing } = require('../the-thing.cjs');

test('replacing the thing keeps nothing', () => expectNoLeak(replaceThing), 120_000);
