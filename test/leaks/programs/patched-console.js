'use strict';
// Every test case captures the console by wrapping console.debug, and none restores it.
console.debug = () => {};

class Capture {
  constructor(name) {
    this.name = name;
    this.lines = [];
  }
  start() {
    const write = console.debug;
    console.debug = (...args) => {
      if (this.lines.length < 20) this.lines.push(args.join(' '));
      write(...args);
    };
    return this;
  }
}

require('../harness').run((n) => {
  const capture = new Capture(`case ${n}`).start();
  console.debug(`in ${capture.name}`);
});
