'use strict';
// The living function has a variable of the same name, which is another one.
const keep = [];
function make(n) {
  const data = 'd'.repeat(3000) + n;
  const dead = () => data;
  dead();
  keep.push(function alive(data) { return data + n; });
}
require('../harness').run(make);
