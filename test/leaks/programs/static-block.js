'use strict';
// Functions in a static field, made by a static method.
class Hooks {
  static list = [];
  static add(n) {
    const config = { n, text: 'c'.repeat(2500) + n };
    const validate = () => config.text.length;
    if (validate()) Hooks.list.push(() => n * 2);
  }
}
require('../harness').run((n) => Hooks.add(n));
