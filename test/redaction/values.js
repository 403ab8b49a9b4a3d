'use strict';
// Places of values: `[name, form of the secret, levels that leave it, plant(secret, keep)]`. The levels are letters: `p` no
// redaction, `s` 'strings', `t` 'strict'; `c`: it is in the texts of scripts of a strict dump.

const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks');
const crypto = require('node:crypto');
const diagnostics = require('node:diagnostics_channel');
const http = require('node:http');
const { performance } = require('node:perf_hooks');
const vm = require('node:vm');

const never = new Promise(() => {});
const filler = () => 'x'.repeat(40);

module.exports = [
  ['value of a property', 'data', 'p', (m, keep) => keep({ password: m })],
  ['the same, that reads like a name', 'word', 'p', (m, keep) => keep({ password: m })],
  ['element of an array', 'data', 'p', (m, keep) => keep([m])],
  [
    'element of a sparse array',
    'data',
    'p',
    (m, keep) => {
      const list = [];
      list[1e6] = m;
      keep(list);
    },
  ],
  ['variable of a closure', 'data', 'p', (m, keep) => keep(() => m)],
  ['string concatenated, not yet flat', 'data', 'p', (m, keep) => keep({ text: filler() + m })],
  ['string with a part that is retained', 'data', 'p', (m, keep) => keep({ text: (filler() + m + filler()).slice(5, 60) })],
  [
    'string outside of the heap',
    'data',
    'p',
    (m, keep) => keep({ text: Buffer.from(m + 'y'.repeat(1_100_000)).toString('latin1') }),
  ],
  ['string that is not ASCII', 'data', 'p', (m, keep) => keep({ text: `\u6f22${m}\u5b57` })],
  ['beginning of a long string', 'data', 'p', (m, keep) => keep({ text: m + 'y'.repeat(5000) })],
  [
    'beyond the 1,024th character of a string',
    'data',
    '',
    (m, keep) => keep({ text: Buffer.from('y'.repeat(2000) + m).toString('latin1') }),
  ],
  ['part of a template literal', 'data', 'p', (m, keep) => keep({ text: `Bearer ${m}, ${filler()}` })],
  ['String object', 'data', 'p', (m, keep) => keep(new String(m))],
  ['part of JSON text', 'data', 'p', (m, keep) => keep({ json: JSON.stringify({ a: m }) })],
  ['number as a string', 'digits', 'p', (m, keep) => keep({ card: m })],
  ['number', 'digits', '', (m, keep) => keep({ card: Number(m) })],
  ['BigInt', 'digits', '', (m, keep) => keep({ card: BigInt(m) * 10_000_000_000n })],
  ['regular expression', 'data', 'p', (m, keep) => keep(new RegExp(`^${m}$`))],
  [
    'regular expression that was used',
    'data',
    'p',
    (m, keep) => {
      const pattern = new RegExp(`(${m})+`, 'g');
      pattern.test(m);
      keep(pattern);
    },
  ],
  ['description of a symbol', 'data', 'p', (m, keep) => keep({ symbol: Symbol(m) })],
  ['key of a registered symbol', 'data', 'p', (m, keep) => keep({ symbol: Symbol.for(m) })],
  ['key of a Map', 'data', 'p', (m, keep) => keep(new Map([[m, {}]]))],
  ['value of a Map', 'data', 'p', (m, keep) => keep(new Map([[1, m]]))],
  ['entry of a Set', 'data', 'p', (m, keep) => keep(new Set([m]))],
  [
    'value of a WeakMap',
    'data',
    'p',
    (m, keep) => {
      const key = {};
      keep([key, new WeakMap([[key, m]])]);
    },
  ],
  [
    'in what a WeakRef refers to',
    'data',
    'p',
    (m, keep) => {
      const target = { m };
      keep([target, new WeakRef(target)]);
    },
  ],
  [
    'held by a FinalizationRegistry',
    'data',
    'p',
    (m, keep) => {
      const registry = new FinalizationRegistry(() => {});
      const key = {};
      registry.register(key, m);
      keep([registry, key]);
    },
  ],
  ['message of an error', 'data', 'p', (m, keep) => keep(new Error(`wrong password ${m}`))],
  ['stack of an error, read', 'data', 'p', (m, keep) => keep({ stack: new Error(m).stack })],
  ['cause of an error', 'data', 'p', (m, keep) => keep(new Error('failed', { cause: m }))],
  ['error in an AggregateError', 'data', 'p', (m, keep) => keep(new AggregateError([m], 'all failed'))],
  ['property of an error', 'data', 'p', (m, keep) => keep(Object.assign(new TypeError('no'), { input: m }))],
  ['message of a DOMException', 'data', 'p', (m, keep) => keep(new DOMException(m))],
  [
    'variable of the environment',
    'data',
    '',
    (m) => {
      process.env.PLANTED_SECRET = m;
    },
  ],
  [
    'in a copy of the environment',
    'data',
    'p',
    (m, keep) => {
      process.env.PLANTED_COPY = m;
      const { PLANTED_SECRET, ...copy } = process.env;
      keep(copy);
      delete process.env.PLANTED_COPY;
    },
  ],
  [
    'process.argv',
    'data',
    'p',
    (m) => {
      process.argv.push(`--token=${m}`);
    },
  ],
  [
    'process.execArgv',
    'data',
    'p',
    (m) => {
      process.execArgv.push(m);
    },
  ],
  ['property of a function', 'data', 'p', (m, keep) => keep(Object.assign(() => {}, { token: m }))],
  ['name given to a function', 'data', 'p', (m, keep) => keep(Object.defineProperty(() => {}, 'name', { value: m }))],
  ['argument of a bound function', 'data', 'p', (m, keep) => keep(keep.bind(null, m))],
  [
    'arguments object',
    'data',
    'p',
    (m, keep) =>
      keep(
        (function () {
          return arguments;
        })(m),
      ),
  ],
  [
    'local variable of a generator',
    'data',
    'p',
    (m, keep) => {
      const steps = (function* () {
        const local = m;
        yield 1;
        yield local;
      })();
      steps.next();
      keep(steps);
    },
  ],
  [
    'local variable of an async function that waits',
    'data',
    'p',
    (m, keep) =>
      keep(
        (async () => {
          const local = m;
          await never;
          return local;
        })(),
      ),
  ],
  [
    'local variable of an async generator',
    'data',
    'p',
    (m, keep) => {
      const steps = (async function* () {
        const local = m;
        await never;
        yield local;
      })();
      steps.next();
      keep(steps);
    },
  ],
  ['value of a promise', 'data', 'p', (m, keep) => keep(Promise.resolve(m))],
  [
    'reason of a promise',
    'data',
    'p',
    (m, keep) => {
      const failed = Promise.reject(m);
      failed.catch(() => {});
      keep(failed);
    },
  ],
  [
    'reaction on a pending promise',
    'data',
    'p',
    (m, keep) => {
      const pending = new Promise(() => {});
      pending.then(() => m);
      keep(pending);
    },
  ],
  [
    'store of an AsyncLocalStorage',
    'data',
    'p',
    (m, keep) => {
      const storage = new AsyncLocalStorage();
      storage.run({ user: m }, () => keep([storage, setInterval(() => {}, 1e8).unref()]));
    },
  ],
  ['property of an AsyncResource', 'data', 'p', (m, keep) => keep(Object.assign(new AsyncResource('REQUEST'), { m }))],
  ['type of an AsyncResource', 'data', '', (m, keep) => keep(new AsyncResource(m))],
  ['argument of a timeout', 'data', 'p', (m) => setTimeout(() => {}, 1e8, m).unref()],
  ['argument of an interval', 'data', 'p', (m) => setInterval(() => {}, 1e8, m).unref()],
  ['variable of a listener', 'data', 'p', (m) => process.on('planted', () => m)],
  [
    'type of an event of an EventTarget',
    'data',
    'p',
    (m, keep) => {
      const target = new EventTarget();
      target.addEventListener(m, () => {});
      keep(target);
    },
  ],
  ['Event object', 'data', 'p', (m, keep) => keep(new Event(m))],
  [
    'reason of an abort',
    'data',
    'p',
    (m, keep) => {
      const controller = new AbortController();
      controller.abort(m);
      keep(controller);
    },
  ],
  ['Buffer', 'data', '', (m, keep) => keep(Buffer.from(m))],
  ['Uint8Array', 'data', '', (m, keep) => keep(new TextEncoder().encode(m))],
  ['ArrayBuffer', 'data', '', (m, keep) => keep(new TextEncoder().encode(m).buffer)],
  [
    'SharedArrayBuffer',
    'data',
    '',
    (m, keep) => {
      const bytes = new Uint8Array(new SharedArrayBuffer(64));
      bytes.set(Buffer.from(m));
      keep(bytes);
    },
  ],
  ['DataView', 'data', '', (m, keep) => keep(new DataView(new TextEncoder().encode(m).buffer))],
  ['secret key of node:crypto', 'data', '', (m, keep) => keep(crypto.createSecretKey(Buffer.from(m)))],
  ['state of a hash', 'data', '', (m, keep) => keep(crypto.createHash('sha256').update(Buffer.from(m)))],
  ['value in a JSON.parse result', 'data', 'p', (m, keep) => keep(JSON.parse(`{"list":[{"value":"${m}"}]}`))],
  ['structured clone', 'data', 'p', (m, keep) => keep(structuredClone({ m: [m] }))],
  [
    'message that waits in a port',
    'data',
    '',
    (m, keep) => {
      const channel = new MessageChannel();
      channel.port1.postMessage(Buffer.from(m));
      channel.port1.unref();
      channel.port2.unref();
      keep(channel);
    },
  ],
  ['password in a URL object', 'data', 'p', (m, keep) => keep(new URL(`https://user:${m}@host.example/`))],
  ['value in URLSearchParams', 'data', 'p', (m, keep) => keep(new URLSearchParams({ token: m }))],
  ['key in URLSearchParams', 'data', 'p', (m, keep) => keep(new URLSearchParams({ [m]: '1' }))],
  [
    'value of a header',
    'data',
    'p',
    (m, keep) => {
      const message = new http.OutgoingMessage();
      message.setHeader('Authorization', `Bearer ${m}`);
      keep(message);
    },
  ],
  [
    'cookie',
    'data',
    'p',
    (m, keep) => {
      const message = new http.OutgoingMessage();
      message.setHeader('Set-Cookie', [`sid=${m}; HttpOnly`]);
      keep(message);
    },
  ],
  ['URL of a request', 'data', 'p', (m, keep) => keep(Object.assign(new http.IncomingMessage(null), { url: `/login?token=${m}` }))],
  ['name of a performance mark', 'data', 'p', (m) => performance.mark(m)],
  ['detail of a performance mark', 'data', 'p', (m) => performance.mark('planted', { detail: { m } })],
  ['label of console.time', 'data', 'p', (m) => console.time(m)],
  [
    'label of console.count',
    'data',
    'p',
    (m) => {
      const { Console } = console;
      const quiet = new Console(new (require('node:stream').PassThrough)().resume());
      quiet.count(m);
      console.planted = quiet;
    },
  ],
  ['printed with console.log', 'data', '', (m) => console.log(m)],
  [
    'name of a diagnostics channel',
    'data',
    'p',
    (m, keep) => {
      const channel = diagnostics.channel(m);
      channel.subscribe(() => {});
      keep(channel);
    },
  ],
  [
    'arguments of a child process',
    'data',
    'p',
    (m, keep) =>
      keep(Object.assign(Object.create(require('node:child_process').ChildProcess.prototype), { spawnargs: ['sh', '-c', m] })),
  ],
  [
    'history of readline',
    'data',
    'p',
    (m, keep) => {
      const lines = require('node:readline').createInterface({
        input: new (require('node:stream').PassThrough)(),
        history: [m],
        terminal: true,
      });
      keep(lines);
    },
  ],
  [
    'text waiting in a stream',
    'data',
    'p',
    (m, keep) => {
      const stream = new (require('node:stream').Readable)({ objectMode: true, read() {} });
      stream.push(m);
      keep(stream);
    },
  ],
  ['path of a file', 'data', 'p', (m, keep) => keep({ path: `/srv/${m}/key.pem` })],
  ['target of a Proxy', 'data', 'p', (m, keep) => keep(new Proxy({ m }, {}))],
  ['iterator of a Map', 'data', 'p', (m, keep) => keep(new Map([[{}, m]]).entries())],
  ['in a context of node:vm', 'data', 'p', (m, keep) => keep(vm.createContext({ token: m }))],
  ['string of the same text as a name in code', 'word', 'pst', (m, keep) => keep({ [m]: {}, copy: m })],
  [
    'ID in a WeakMap whose key is a string object',
    'data',
    'p',
    (m, keep) => {
      const key = new String(m);
      keep([key, new WeakMap([[key, {}]])]);
    },
  ],
];
