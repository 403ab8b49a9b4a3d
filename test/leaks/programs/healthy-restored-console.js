'use strict';
// Every scenario records the console by wrapping console.info, and restores it when it stops.
console.info = () => {};

class Recorder {
  constructor(name) {
    this.name = name;
    this.lines = [];
  }
  record() {
    const before = console.info;
    console.info = (...args) => {
      this.lines.push(args.join(' '));
      before(...args);
    };
    return () => { console.info = before; };
  }
}

require('../harness').run((n) => {
  const recorder = new Recorder(`scenario ${n}`);
  const stop = recorder.record();
  for (let i = 0; i < 20; i++) console.info(`line ${i} in ${recorder.name}`);
  stop();
});
