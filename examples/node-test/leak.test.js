'use strict';
// This test fails: it finds the leak.
const { test } = require('node:test');
const { expectNoLeak } = require('heapdump-rs');
const { replaceThing } = require('../the-thing.cjs');

test('replacing the thing keeps nothing', () => expectNoLeak(replaceThing));
