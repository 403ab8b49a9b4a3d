'use strict';
// Functions for `expectNoLeak()`, healthy and leaking ones: name -> a factory of the function.

const { EventEmitter } = require('node:events');

class Session {}
class Entry {
  constructor(key) {
    this.key = key;
  }
}

/** Functions that leak nothing, although they seem to for a while. */
const healthy = {
  garbage: () => () => [1, 2, 3].map((n) => ({ n, text: `text ${n}` })),
  'a cache of 5': () => cache(5),
  'a cache of 100': () => cache(100),
  'a cache of 700 numbers'() {
    const numbers = new Set();
    let n = 0;
    return () => {
      numbers.add(n++);
      numbers.delete(n - 700);
    };
  },
  'lazy initialization'() {
    let tables;
    return () => {
      tables ??= Array.from({ length: 200 }, (_, n) => new Entry(`lazy ${n}`));
      return tables[3];
    };
  },
  'late lazy initialization'() {
    let calls = 0;
    let tables;
    return () => {
      if (++calls > 15) tables ??= Array.from({ length: 200 }, (_, n) => new Entry(`late ${n}`));
    };
  },
  'code that becomes hot'() {
    const sum = (list) => list.reduce((total, { n }) => total + n, 0);
    return () => {
      let total = 0;
      for (let i = 0; i < 2000; i++) total += sum([{ n: i }, { n: i, extra: true }, { extra: 1, n: total }]);
      return total;
    };
  },
  'promises and timers'() {
    return async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
      await Promise.all([1, 2, 3].map(async (n) => ({ n })));
    };
  },
  'timers that end by themselves': () => () => {
    setTimeout(() => new Session(), 40);
  },
  'listeners that are removed'() {
    const emitter = new EventEmitter();
    return () => {
      const listener = () => new Session();
      emitter.on('event', listener);
      emitter.emit('event');
      emitter.off('event', listener);
    };
  },
};

function cache(size) {
  const entries = new Map();
  let n = 0;
  return () => {
    entries.set(n, new Entry(`key ${n}`));
    entries.delete(n - size);
    n += 1;
  };
}

/** Functions that leak one small object per call, with the constructor to be reported. */
const leaking = {
  'an object in a list': () => keep('Session', () => new Session()),
  'a closure': () =>
    keep('Function', () => {
      const session = new Session();
      return () => session;
    }),
  'an array': () => keep('Array', () => [1, 2]),
  'a string'() {
    let n = 0;
    return keep('(string)', () => `string ${n++}`);
  },
  'a promise': () => keep('Promise', () => new Promise(() => {})),
  'entries of a map'() {
    const entries = new Map();
    let n = 0;
    return {
      constructor: 'Entry',
      fn: () => {
        entries.set(n, new Entry(`key ${n++}`));
      },
    };
  },
  'numbers in a set'() {
    const numbers = new Set();
    return {
      constructor: 'Set',
      fn: () => {
        numbers.add(numbers.size);
      },
    };
  },
  'a text that becomes longer'() {
    let text = '';
    return {
      constructor: '(string)',
      fn() {
        text += 'one more line\n';
        return text.charCodeAt(1);
      },
    };
  },
  'a linked list'() {
    let list = null;
    return {
      constructor: 'Entry',
      fn: () => {
        list = Object.assign(new Entry('in list'), { next: list });
      },
    };
  },
  'a listener'() {
    const emitter = new EventEmitter().setMaxListeners(0);
    return {
      constructor: 'Function',
      fn: () => {
        emitter.on('event', () => {});
      },
    };
  },
  'a timer'() {
    const timers = [];
    return {
      constructor: 'Timeout',
      fn: () => {
        timers.push(setInterval(() => {}, 1e6));
      },
      end: () => timers.forEach(clearInterval),
    };
  },
  'an asynchronous function'() {
    const sessions = new Set();
    return {
      constructor: 'Session',
      async fn() {
        await null;
        sessions.add(new Session());
      },
    };
  },
};

function keep(constructor, make) {
  const kept = [];
  return {
    constructor,
    fn: () => {
      kept.push(make());
    },
  };
}

module.exports = { Session, healthy, leaking };
