'use strict';
// A log that is kept as one text.
let log = '';
require('../harness').run((n) => { log += `${new Date(n).toISOString()} request ${n} took ${n % 7} ms\n`; });
module.exports = () => log;
