'use strict';
// A timeout of an hour for each request, with an arrow function.
const expire = (n) => {
  const entry = { n, value: 'v'.repeat(1200) + n };
  setTimeout(() => { entry.value = null; }, 3_600_000).unref();
};
require('../harness').run(expire);
