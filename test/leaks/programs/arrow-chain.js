'use strict';
// The classic chain, with arrow functions and a class.
class Frame {
  constructor(render) { this.render = render; this.pixels = 'p'.repeat(300) + Math.random(); }
}
let current = null;
const next = () => {
  const older = current;
  const compare = () => older && older.pixels === current.pixels;
  current = new Frame(() => 'frame');
  if (process.env.NEVER) compare();
};
require('../harness').run(next);
