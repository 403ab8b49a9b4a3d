'use strict';
// A few long texts in an ordinary object.
const pages = { home: '', about: '', news: '' };
function load(name, size) {
  pages[name] = Buffer.alloc(size, name).toString();
}
load('home', 2_000_000);
load('about', 3_000_000);
load('news', 4_000_000);
module.exports = { load, page: (name) => pages[name] };
require('../single.js').write();
