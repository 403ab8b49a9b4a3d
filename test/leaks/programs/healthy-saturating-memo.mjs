// A memo of exchange rates by pair of currencies: thirty currencies, all of whose pairs are known in the end.
import harness from '../harness.js';

const CURRENCIES = Array.from({ length: 30 }, (_, i) => `cur${i}`);

class RateMemo {
  #rates = new Map();
  rate(from, to) {
    let row = this.#rates.get(from);
    if (!row) this.#rates.set(from, row = new Map());
    if (!row.has(to)) row.set(to, { from, to, digits: new Array(15).fill(from.length + 0.5) });
    return row.get(to);
  }
}

const memo = new RateMemo();
let x = 7;
const pick = () => { x = (x * 48271) % 2147483647; return CURRENCIES[x % CURRENCIES.length]; };
await harness.run(() => { for (let i = 0; i < 25; i++) memo.rate(pick(), pick()); });
