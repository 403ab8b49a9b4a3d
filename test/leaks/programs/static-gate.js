'use strict';
// A static field holds the promise for the licence, which the offline server never sends; features wait with then().
class Feature {
  static licence = new Promise((resolve) => { Feature.accept = resolve; });
  #enabled = false;
  constructor(name) {
    this.name = name;
    this.settings = { name, options: new Array(90).fill(name.length + 0.25) };
    Feature.licence.then(this.#enable.bind(this), (error) => this.fail(error));
  }
  #enable() { this.#enabled = true; }
  fail(error) { this.error = error; }
}
require('../harness').run((n) => { new Feature(`feature-${n}`); });
