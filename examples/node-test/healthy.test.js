'use strict';
const { test } = require('node:test');
const { expectNoLeak } = require('heapdump-rs');
const { replaceThingWell } = require('../the-thing.cjs');

test('replacing the thing keeps nothing', () => expectNoLeak(replaceThingWell));
