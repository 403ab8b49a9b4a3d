'use strict';
// The program of arrow-chain, with the fix that is proposed for it.
class Frame {
  constructor(render) { this.render = render; this.pixels = 'p'.repeat(300) + Math.random(); }
}
let current = null;
const next = () => {
  let older = current;
  const compare = () => older && older.pixels === current.pixels;
  current = new Frame(() => 'frame');
  if (process.env.NEVER) compare();
  older = null;
};
require('../harness').run(next);
