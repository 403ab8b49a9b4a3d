'use strict';
// The promise in the static field is already resolved, so then() leaves nothing behind on it.
class Extension {
  static approval = Promise.resolve({ until: 2099 });
  #active = false;
  constructor(name) {
    this.name = name;
    this.settings = { name, options: new Array(90).fill(name.length + 0.25) };
    Extension.approval.then(this.#activate.bind(this), (error) => this.fail(error));
  }
  #activate() { this.#active = true; }
  fail(error) { this.error = error; }
}
require('../harness').run((n) => { new Extension(`extension-${n}`); });
