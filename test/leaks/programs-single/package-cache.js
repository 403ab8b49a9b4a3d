'use strict';
// The cache is in a package, and the package is not the program's.
const { remember } = require('plain-cache');
for (let n = 0; n < 3000; n++) remember(`key ${n}`, Array.from({ length: 20 }, (_, i) => `value ${n} ${i}`));
require('../single.js').write();
