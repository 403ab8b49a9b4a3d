'use strict';
// Places of names of properties, classes, functions and variables; the columns as in values.js.

const { EventEmitter } = require('node:events');
const http = require('node:http');
const querystring = require('node:querystring');
const vm = require('node:vm');

const table = (m, size) =>
  Object.fromEntries([
    ...Array.from({ length: size }, (_, i) => [`plain${String.fromCharCode(97 + (i % 26))}${i >= 26 ? 'more' : ''}`, {}]),
    [m, {}],
  ]);
const made = (code) => new Function(code)();

module.exports = [
  ['computed name of a property', 'data', 'ps', (m, keep) => keep({ [m]: {} })],
  ['the same, that reads like a name', 'word', 'pst', (m, keep) => keep({ [m]: {} })],
  ['name of a property that holds a small integer', 'data', 'p', (m, keep) => keep({ [m]: 1 })],
  ['key of an object without a prototype', 'data', 'ps', (m, keep) => keep(Object.assign(Object.create(null), { [m]: {} }))],
  [
    'the same, that reads like a name',
    'word',
    'ps',
    (m, keep) => {
      const table = Object.create(null);
      table[m] = {};
      keep(table);
    },
  ],
  [
    'key of an object with deleted properties',
    'word',
    'ps',
    (m, keep) => {
      const table = { first: {}, second: {} };
      delete table.first;
      table[m] = {};
      keep(table);
    },
  ],
  ['key of a table of 40', 'word', 'ps', (m, keep) => keep(table(m, 40))],
  [
    'key of a table of 2,000',
    'data',
    'ps',
    (m, keep) => {
      const all = {};
      for (let i = 0; i < 2000; i++) all[`user${i}`] = {};
      all[m] = {};
      keep(all);
    },
  ],
  ['key in a small JSON.parse result', 'data', 'ps', (m, keep) => keep(JSON.parse(`{"${m}":{}}`))],
  ['the same, that reads like a name', 'word', 'pst', (m, keep) => keep(JSON.parse(`{"${m}":{}}`))],
  ['key in a JSON.parse result of 40', 'word', 'ps', (m, keep) => keep(JSON.parse(JSON.stringify(table(m, 40))))],
  [
    'key in a copy of the environment',
    'word',
    'ps',
    (m, keep) => {
      const env = Object.create(null);
      for (const name of ['HOME', 'PATH', m]) env[name] = new String(name);
      keep(env);
    },
  ],
  [
    'key that the environment had',
    'data',
    'ps',
    (m, keep) => {
      process.env[m] = '1';
      const { PLANTED_SECRET, ...copy } = process.env;
      keep(copy);
      delete process.env[m];
    },
  ],
  ['property of an array', 'data', 'ps', (m, keep) => keep(Object.assign([], { [m]: {} }))],
  ['property of a function', 'data', 'ps', (m, keep) => keep(Object.assign(() => {}, { [m]: {} }))],
  ['property of a Map', 'data', 'ps', (m, keep) => keep(Object.assign(new Map(), { [m]: {} }))],
  ['field of a class', 'data', 'ps', (m, keep) => keep(made(`return new (class Account { ${m} = {}; })()`))],
  ['the same, that reads like a name', 'word', 'pst', (m, keep) => keep(made(`return new (class Account { ${m} = {}; })()`))],
  [
    'field of a class with 40 fields',
    'word',
    'pst',
    (m, keep) =>
      keep(made(`return new (class Wide { ${Array.from({ length: 40 }, (_, i) => `w${i} = {};`).join('')} ${m} = {}; })()`)),
  ],
  [
    'private field of a class',
    'data',
    'ps',
    (m, keep) => keep(made(`return new (class Account { #${m} = {}; get() { return this.#${m}; } })()`)),
  ],
  [
    'the same, that reads like a name',
    'word',
    'pst',
    (m, keep) => keep(made(`return new (class Account { #${m} = {}; get() { return this.#${m}; } })()`)),
  ],
  ['method of a class', 'data', 'ps', (m, keep) => keep(made(`return new (class Account { ${m}() { return 1; } })()`))],
  [
    'computed method of a class',
    'data',
    'ps',
    (m, keep) =>
      keep(
        new (class {
          [m]() {}
        })(),
      ),
  ],
  ['static field of a class', 'data', 'ps', (m, keep) => keep(made(`return class { static ${m} = {}; }`))],
  [
    'accessor',
    'data',
    'ps',
    (m, keep) =>
      keep({
        get [m]() {
          return 1;
        },
      }),
  ],
  ['name of a class', 'data', 'ps', (m, keep) => keep(made(`return new (class ${m} { x = {}; })()`))],
  ['the same, that reads like a name', 'word', 'pst', (m, keep) => keep(made(`return new (class ${m} { x = {}; })()`))],
  ['Symbol.toStringTag', 'data', 'ps', (m, keep) => keep(Object.setPrototypeOf({ x: {} }, { [Symbol.toStringTag]: m }))],
  ['name of a function', 'data', 'ps', (m, keep) => keep(made(`return function ${m}() {}`))],
  ['the same, that reads like a name', 'word', 'pst', (m, keep) => keep(made(`return function ${m}() {}`))],
  ['name inferred for a function', 'data', 'ps', (m, keep) => keep(made(`const ${m} = () => {}; return ${m}`))],
  ['variable of a closure', 'data', 'ps', (m, keep) => keep(made(`const ${m} = {}; return () => ${m}`))],
  ['the same, that reads like a name', 'word', 'pst', (m, keep) => keep(made(`const ${m} = {}; return () => ${m}`))],
  [
    'variable of a generator',
    'data',
    'p',
    (m, keep) => {
      const steps = made(`return (function* () { const ${m} = {}; yield 1; yield ${m}; })()`);
      steps.next();
      keep(steps);
    },
  ],
  ['parameter that a closure keeps', 'data', 'ps', (m, keep) => keep(new Function(m, `return () => ${m}`)({}))],
  ['parameter', 'data', 'p', (m, keep) => keep(new Function(m, 'return 1'))],
  [
    'global variable',
    'data',
    'ps',
    (m) => {
      globalThis[m] = {};
    },
  ],
  [
    'the same, that reads like a name',
    'word',
    'pst',
    (m) => {
      globalThis[m] = {};
    },
  ],
  ['let of a script', 'data', 'psc', (m) => vm.runInThisContext(`let ${m} = {}; function ${m}_() { return ${m}; }`)],
  [
    'global variable of a vm context',
    'data',
    'psc',
    (m, keep) => {
      const context = vm.createContext({});
      vm.runInContext(`globalThis.${m} = {}; function planted() {}`, context);
      keep(context);
    },
  ],
  ['property with a symbol of this description', 'data', 'ps', (m, keep) => keep({ [Symbol(m)]: {} })],
  ['the same, that reads like a name', 'word', 'ps', (m, keep) => keep({ [Symbol(m)]: {} })],
  ['property with a registered symbol', 'word', 'ps', (m, keep) => keep({ [Symbol.for(m)]: {} })],
  ['event of an EventEmitter', 'data', 'ps', (m, keep) => keep(new EventEmitter().on(m, () => {}))],
  ['the same, that reads like a name', 'word', 'ps', (m, keep) => keep(new EventEmitter().on(m, () => {}))],
  ['event that is a symbol', 'word', 'ps', (m, keep) => keep(new EventEmitter().on(Symbol(m), () => {}))],
  ['event of the process', 'word', 'ps', (m) => process.on(m, () => {})],
  [
    'name of a header',
    'data',
    'ps',
    (m, keep) => {
      const message = new http.OutgoingMessage();
      message.setHeader(m, '1');
      keep(message);
    },
  ],
  ['header of a request', 'word', 'p', (m, keep) => keep(Object.assign(new http.IncomingMessage(null), { rawHeaders: [m, '1'] }))],
  [
    'key of a parsed query',
    'word',
    'ps',
    (m, keep) => {
      const query = querystring.parse('a=1');
      query[m] = {};
      keep(query);
    },
  ],
  [
    'key of a table behind a Proxy',
    'word',
    'ps',
    (m, keep) => {
      const table = Object.create(null);
      table[m] = {};
      keep(new Proxy(table, {}));
    },
  ],
  [
    'key of a frozen table',
    'word',
    'ps',
    (m, keep) => {
      const table = Object.create(null);
      table[m] = {};
      keep(Object.freeze(table));
    },
  ],
  [
    'key of Object.groupBy and the like',
    'word',
    'ps',
    (m, keep) => {
      const groups = Object.create(null);
      for (const group of ['a', m]) (groups[group] ??= []).push({});
      keep(groups);
    },
  ],
  ['key of a RegExp group', 'data', 'ps', (m, keep) => keep(new RegExp(`(?<${m}>.+)`).exec('x').groups)],
  ['name that Object.keys gave', 'data', 'p', (m, keep) => keep(Object.keys({ [m]: 1 }))],
  ['index of an array or of an object', 'digits', '', (m, keep) => keep({ [m.slice(-9)]: {} })],
  ['address as a key', 'data', 'ps', (m, keep) => keep({ [`${m}@mail.example`]: {} })],
  ['path as a key', 'data', 'ps', (m, keep) => keep({ [`/users/${m}`]: {} })],
];
