'use strict';
// The interrupted computations: each entry creates a function that computes something for about ten milliseconds and checks it.
//
// `flags`: flags of Node, one process each. `since` and `until`: the major versions of Node that support it.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { instantiate, mixed } = require('./wasm.js');

const WASM_TIERS = [[], ['--liftoff-only'], ['--no-liftoff']];
const JS_TIERS = [[], ['--no-opt'], ['--no-opt', '--no-sparkplug'], ['--always-sparkplug'], ['--jitless']];
const MAGLEV = [['--maglev', '--no-turbofan']];

const TURNS = 10_000_000;
const mixedTurns = mixed(TURNS);

/** For flags that some versions do not know. */
const sharedMemory = () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });

/** A loop over numbers, objects, closures and arrays. */
function mixture(n) {
  const items = [];
  let sum = 0;
  const add = (item) => {
    sum += item.value;
  };
  for (let i = 0; i < n; i++) {
    const item = { value: i, half: i / 2, text: `item ${i & 15}` };
    items[i & 255] = item;
    add(item);
    sum += item.half * 2 - item.value + items[(i * 7) & 255 & i].text.length - item.text.length;
  }
  return sum;
}

function expectedMixture() {
  const n = 300_000;
  const expected = mixture(n);
  return () => assert.equal(mixture(n), expected);
}

function suspendedStacks() {
  return async () => {
    const f = instantiate('suspending', { g: new WebAssembly.Suspending(async (n) => n) });
    assert.equal(await WebAssembly.promising(f)(100), 5050);
  };
}

const JAVASCRIPT = {
  'a mixture': { flags: JS_TIERS, make: expectedMixture },
  'a mixture in Maglev': { flags: MAGLEV, since: 22, make: expectedMixture },
  exceptions() {
    return () => {
      let caught = 0;
      for (let i = 0; i < 20_000; i++) {
        try {
          if (i % 3) throw new RangeError(String(i));
        } catch (error) {
          caught += Number(error.message) === i ? 1 : NaN;
        } finally {
          caught += 1;
        }
      }
      assert.equal(caught, 20_000 + 13_333);
    };
  },
  'recursion up to the limit of the stack'() {
    const descend = (n) => {
      try {
        return descend(n + 1);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        return n;
      }
    };
    return () => {
      for (let i = 0; i < 20; i++) assert.ok(descend(0) > 1000);
    };
  },
  'generators and iterators'() {
    function* numbers(n) {
      for (let i = 0; i < n; i++) yield i;
    }
    return () => {
      let sum = 0;
      for (const [i, n] of Array.from(numbers(30_000)).entries()) sum += n - i + 1;
      assert.equal(sum, 30_000);
    };
  },
  'sorting with a comparator'() {
    return () => {
      const list = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_011);
      list.sort((a, b) => a - b);
      for (let i = 1; i < list.length; i++) assert.ok(list[i - 1] <= list[i]);
    };
  },
  'getters and traps of proxies'() {
    const target = {
      get own() {
        return 1;
      },
    };
    let traps = 0;
    const proxy = new Proxy(target, {
      get(object, key, receiver) {
        traps += 1;
        return key === 'made' ? 2 : Reflect.get(object, key, receiver);
      },
      has(object, key) {
        traps += 1;
        return key !== 'absent' && key in object;
      },
      ownKeys() {
        traps += 1;
        return ['own', 'made'];
      },
      getOwnPropertyDescriptor(_, key) {
        return { value: key, enumerable: true, configurable: true };
      },
    });
    return () => {
      let sum = 0;
      traps = 0;
      for (let i = 0; i < 20_000; i++) sum += proxy.own + proxy.made + ('absent' in proxy ? 100 : 0) + Object.keys(proxy).length;
      assert.deepEqual([sum, traps], [100_000, 80_000]);
    };
  },
  JSON() {
    const value = { list: Array.from({ length: 2000 }, (_, i) => ({ i, text: `text ${i}`, nested: [i, [i]] })) };
    const text = JSON.stringify(value);
    return () => {
      assert.equal(JSON.stringify(JSON.parse(text, (_, one) => one)), text);
      assert.deepEqual(JSON.parse(text), value);
    };
  },
  'large BigInts'() {
    const a = 3n ** 20_000n;
    const expected = (a * a) % 1_000_003n;
    return () => {
      for (let i = 0; i < 20; i++) assert.equal((a * a) % 1_000_003n, expected);
    };
  },
  'Atomics.wait'() {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    return () => {
      assert.equal(Atomics.wait(cell, 0, 0, 40), 'timed-out');
      assert.equal(Atomics.wait(cell, 0, 1, 40), 'not-equal');
    };
  },
  'code made at run time'() {
    let round = 0;
    return () => {
      for (let i = 0; i < 200; i++) {
        const add = new Function(
          'a',
          'b',
          `/* ${(round += 1)} */ let sum = 0; for (let i = 0; i < 1000; i++) sum += a * i + b; return sum;`,
        );
        assert.equal(add(2, 1), 1_000_000);
      }
    };
  },
  'weak references'() {
    return () => {
      const strong = Array.from({ length: 2000 }, (_, i) => ({ i }));
      const weak = strong.map((object) => new WeakRef(object));
      const map = new WeakMap(strong.map((object) => [object, object.i]));
      for (let round = 0; round < 50; round++)
        strong.forEach((object, i) => assert.ok(weak[i].deref() === object && map.get(object) === i));
    };
  },
  'functions of vm with a timeout'() {
    // In a function, because each use of a variable of the context itself calls Node.
    const script = new vm.Script('(() => { let sum = 0; for (let i = 0; i < 3000000; i++) sum += i & 3; return sum; })()');
    // One for all calls, because nothing is freed before the next iteration of the event loop.
    const context = vm.createContext({});
    return () => {
      let outcome;
      try {
        outcome = script.runInContext(context, { timeout: 5 });
      } catch (error) {
        outcome = error.code;
      }
      assert.ok(outcome === 'ERR_SCRIPT_EXECUTION_TIMEOUT' || outcome === 4_500_000, String(outcome));
      assert.equal(script.runInContext(context, { timeout: 60_000 }), 4_500_000);
    };
  },
  'evaluation of modules'() {
    let round = 0;
    return () => {
      const file = path.resolve(`module-${(round += 1)}.js`);
      fs.writeFileSync(file, 'let sum = 0; for (let i = 0; i < 3e6; i++) sum += i % 3; module.exports = sum;');
      assert.equal(require(file), 3_000_000);
      delete require.cache[file];
      fs.unlinkSync(file);
    };
  },
};

const REGULAR_EXPRESSIONS = {
  backtracking: {
    flags: [[], ['--regexp-interpret-all'], ['--no-regexp-tier-up']],
    make() {
      const text = 'a'.repeat(20);
      return () => {
        assert.equal(/^(a+)+$/.exec(`${text}b`), null);
        const [all, last] = /^(?:(a)|b)+$/.exec(text);
        assert.deepEqual([all, last], [text, 'a']);
      };
    },
  },
  'the linear engine': {
    flags: [['--enable-experimental-regexp-engine']],
    make() {
      const slow = new RegExp('(a*)*b', 'l');
      const text = 'a'.repeat(3000);
      return () => {
        for (let i = 0; i < 5; i++) assert.equal(slow.exec(text), null);
        assert.equal(slow.exec(`${text}b`)[0].length, 3001);
      };
    },
  },
  'replacement by a function'() {
    const text = 'one two three '.repeat(3000);
    return () =>
      assert.equal(
        text.replace(/(\w)(\w*)/g, (_, a, b) => a.toUpperCase() + b),
        'One Two Three '.repeat(3000),
      );
  },
  'what is left of the last match'() {
    return () => {
      assert.ok(/(last)-(match)/.test('the last-match here'));
      for (let i = 0, x = 1; i < 20_000_000; i++) x = (x * 31 + i) | 0;
      assert.deepEqual([RegExp.$1, RegExp.$2, RegExp.lastMatch, RegExp['$`']], ['last', 'match', 'last-match', 'the ']);
    };
  },
};

const WEBASSEMBLY = {
  'a loop': { flags: WASM_TIERS, make: () => () => assert.equal(instantiate('mix')(TURNS), mixedTurns) },
  'a long loop': {
    flags: WASM_TIERS,
    make() {
      const n = 100_000_000;
      const expected = mixed(n);
      return () => assert.equal(instantiate('mix')(n), expected);
    },
  },
  memory: { flags: WASM_TIERS, make: () => () => assert.equal(instantiate('memory')(TURNS), mixedTurns) },
  recursion: { flags: WASM_TIERS, make: () => () => assert.equal(instantiate('fibonacci')(27), 196_418) },
  references: {
    flags: WASM_TIERS,
    make: () => () => {
      const object = { young: true };
      assert.equal(instantiate('reference')(TURNS, object), object);
      assert.deepEqual(object, { young: true });
    },
  },
  'calls of JavaScript': {
    flags: WASM_TIERS,
    make: () => () => {
      const result = instantiate('callbacks', { g: ({ n }) => ({ n: n + 1 }) })(100_000, { n: 0 });
      assert.deepEqual(result, { n: 100_000 });
    },
  },
  exceptions: { flags: WASM_TIERS, make: () => () => assert.equal(instantiate('exceptions')(10_000), 50_005_000) },
  waiting: { flags: WASM_TIERS, make: () => () => assert.equal(instantiate('wait', { m: sharedMemory() })(40_000_000), 2) },
  'many modules that become hot': {
    flags: [[]],
    make() {
      const expected = mixed(1000);
      return () => {
        const functions = Array.from({ length: 10 }, () => instantiate('mix'));
        for (let i = 0; i < 300; i++) for (const f of functions) assert.equal(f(1000), expected);
      };
    },
  },
  'suspended stacks': { since: 25, make: suspendedStacks },
  'suspended stacks behind a flag': { since: 24, until: 24, flags: [['--experimental-wasm-jspi']], make: suspendedStacks },
  'asm.js'() {
    const make = (n) =>
      new Function(
        'stdlib',
        `/* ${n} */ 'use asm'; var imul = stdlib.Math.imul;
      function f(n) { n = n | 0; var acc = 0; while ((n | 0) > 0) { acc = (imul(acc, 31) + n) | 0; n = (n - 1) | 0; } return acc | 0; }
      return { f: f };`,
      )({ Math }).f;
    let round = 0;
    return () => assert.equal(make((round += 1))(TURNS), mixedTurns);
  },
};

const ASYNCHRONOUS = {
  finalizers: {
    flags: [['--expose-gc']],
    make() {
      const spin = () => {
        for (let i = 0, x = 1; i < 300_000; i++) x = (x * 31 + i) | 0;
      };
      let ended = 0;
      const registry = new FinalizationRegistry((count) => {
        spin();
        ended += count;
      });
      const produce = () => {
        for (let i = 0; i < 20; i++) registry.register({ i }, 1);
      };
      return async () => {
        ended = 0;
        produce();
        for (let turns = 0; ended < 20 && turns < 200; turns++) {
          await new Promise(setImmediate);
          global.gc();
        }
        assert.equal(ended, 20);
      };
    },
  },
  microtasks() {
    return async () => {
      let sum = 0;
      for (let i = 0; i < 50_000; i++) sum += await i;
      assert.equal(sum, 1_249_975_000);
    };
  },
  'ECMAScript modules'() {
    let round = 0;
    return async () => {
      const text = `/* ${(round += 1)} */ let sum = 0; for (let i = 0; i < 3e6; i++) sum += i % 3; await null; export default sum;`;
      assert.equal((await import(`data:text/javascript,${encodeURIComponent(text)}`)).default, 3_000_000);
    };
  },
  'a debugger that stops it': {
    since: 20,
    flags: [[]],
    make() {
      const { Worker } = require('node:worker_threads');
      const debuggers = new Worker(
        `
        const { Session } = require('node:inspector');
        const session = new Session();
        session.connectToMainThread();
        setInterval(() => {}, 1 << 30);
        session.on('Debugger.paused', () => setTimeout(() => session.post('Debugger.resume'), 20));
        session.post('Debugger.enable', () => require('node:worker_threads').parentPort.postMessage('ready'));`,
        { eval: true },
      );
      const ready = new Promise((resolve) => {
        debuggers.once('message', resolve);
      });
      return async () => {
        await ready;
        let x = 1;
        for (let round = 0; round < 3; round++) {
          debugger;
          for (let i = 0; i < 1_000_000; i++) x = (x * 31 + i) | 0;
        }
        assert.equal(x, stopped());
      };
    },
  },
};

/** Returns the expected result of the loop above. */
function stopped() {
  let x = 1;
  for (let round = 0; round < 3; round++) for (let i = 0; i < 1_000_000; i++) x = (x * 31 + i) | 0;
  return x;
}

const GROUPS = {
  JavaScript: JAVASCRIPT,
  'a regular expression': REGULAR_EXPRESSIONS,
  WebAssembly: WEBASSEMBLY,
  'asynchronous code': ASYNCHRONOUS,
};

/** name -> { flags, since, until, make } */
const computations = new Map();
for (const [group, entries] of Object.entries(GROUPS)) {
  for (const [name, entry] of Object.entries(entries)) {
    const { make = entry, flags = [[]], since = 18, until = Infinity } = entry;
    computations.set(`${group}: ${name}`, { make, flags, since, until });
  }
}

module.exports = { computations };
