'use strict';
// Programs whose heap grows until V8 runs out of memory. Each exports a step that is called repeatedly.
//
// `node growth.js SHAPE steps|loop`: with `HEAPDUMP_GROWTH_WATCH`, after `watch()`.

/** Retains the grown objects under a name that a snapshot shows. */
class Grown {
  kept = [];
}

const grown = new Grown();
globalThis.grown = grown;

/** Number of pieces created in one step. */
const PIECES = 500;

/** A kilobyte without references, because snapshots of millions of small objects take minutes. */
const BALLAST = Array.from({ length: 128 }, (_, i) => i + 0.5);
const ballast = () => BALLAST.slice();

/** A flat string, not a concatenated one. */
const text = (number) => Buffer.alloc(400, `text number ${number} `).toString('latin1');

/** `[name of the shape, (grown) => step]`. The allocations of a step, about a megabyte, stay reachable. */
const shapes = {
  objects:
    ({ kept }) =>
    () => {
      for (let i = 0; i < PIECES; i++) kept.push({ id: i, data: ballast() });
    },
  // Numbers: only the table grows, by doubling.
  map(owner) {
    owner.kept = new Map();
    let key = 0;
    return () => {
      for (let i = 0; i < PIECES * 50; i++) owner.kept.set(key++, i);
    };
  },
  set(owner) {
    owner.kept = new Set();
    let value = 0;
    return () => {
      for (let i = 0; i < PIECES * 50; i++) owner.kept.add(value++);
    };
  },
  'one large array': ({ kept }) => {
    let value = 0;
    return () => {
      for (let i = 0; i < PIECES * 250; i++) kept.push(value++);
    };
  },
  'two large arrays': (owner) => {
    owner.other = [];
    let value = 0.5;
    return () => {
      for (let i = 0; i < PIECES * 125; i++) {
        owner.kept.push(value++);
        owner.other.push(value);
      }
    };
  },
  // Copied as a whole, to twice the size.
  'one doubling array': (owner) => {
    owner.kept = Array.from({ length: 1 << 17 }, (_, i) => i + 0.5);
    return () => {
      owner.kept = owner.kept.concat(owner.kept);
    };
  },
  'JSON.parse': ({ kept }) => {
    const json = JSON.stringify(Array.from({ length: PIECES }, (_, id) => ({ id, name: `name ${id}`, data: ballast() })));
    return () => kept.push(JSON.parse(json));
  },
  closures:
    ({ kept }) =>
    () => {
      for (let i = 0; i < PIECES; i++) {
        const data = ballast();
        kept.push(() => data);
      }
    },
  'regular expressions': ({ kept }) => {
    let number = 0;
    return () => {
      for (let i = 0; i < PIECES / 10; i++) {
        const pattern = new RegExp(`a${number++}${'[bc]+(d|e){5}(f|g){5}'.repeat(20)}`);
        pattern.test(`a${number}bcd`);
        kept.push(pattern);
      }
    };
  },
  concatenation(owner) {
    owner.kept = '';
    let number = 0;
    return () => {
      for (let i = 0; i < PIECES; i++) owner.kept += text(number++);
    };
  },
  promises:
    ({ kept }) =>
    () => {
      for (let i = 0; i < PIECES; i++) {
        const data = ballast();
        kept.push(new Promise(() => {}).then(() => data));
      }
    },
  dictionaries: ({ kept }) => {
    let number = 0;
    return () => {
      const table = {};
      for (let i = 0; i < PIECES; i++) table[`name${number++}`] = ballast();
      kept.push(table);
    };
  },
  prototypes:
    ({ kept }) =>
    () => {
      for (let i = 0; i < PIECES; i++) {
        class Base {
          method() {
            return i;
          }
        }
        Base.prototype.data = ballast();
        kept.push(Object.create(Object.create(new Base())));
      }
    },
  'generated code': ({ kept }) => {
    let number = 0;
    return () => {
      for (let i = 0; i < PIECES / 5; i++) {
        const body = Array.from({ length: 50 }, (_, line) => `x = x * ${number++} + ${line};`).join('\n');
        const generated = new Function('x', `${body} return x;`);
        generated(1);
        kept.push(generated);
      }
    };
  },
  symbols: ({ kept }) => {
    let number = 0;
    return () => {
      for (let i = 0; i < PIECES; i++) kept.push(Symbol(text(number++)));
    };
  },
};

function main([name, way]) {
  const step = shapes[name](grown);
  if (process.env.HEAPDUMP_GROWTH_WATCH) require('../..').watch({ dir: process.cwd(), maxDumps: 1, sidecar: true });
  if (way === 'loop') for (;;) step();
  setInterval(step, 0);
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { shapes };
