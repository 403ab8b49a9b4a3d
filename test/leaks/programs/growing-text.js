'use strict';
// A log in one growing string.
let log = '';
require('../harness').run((n) => { log += `${new Date(n).toISOString()} request ${n} took ${n % 7} ms\n`; });
module.exports = () => log;
