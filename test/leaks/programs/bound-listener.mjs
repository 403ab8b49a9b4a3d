import { run } from '../harness.js';
// A bound method, new for every add: off() could never find it.
import { EventEmitter } from 'node:events';
const ticker = new EventEmitter();
ticker.setMaxListeners(0);
class Widget {
  constructor(n) { this.state = 'w'.repeat(800) + n; ticker.on('tick', this.repaint.bind(this)); }
  repaint() { this.state += '.'; }
}
await run((n) => { new Widget(n); });
