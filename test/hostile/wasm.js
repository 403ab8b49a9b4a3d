'use strict';
// Hand-written WebAssembly modules. JavaScript checks their results.

const I32 = 0x7f;
const EXTERNREF = 0x6f;
const VOID = 0x40;

const LOOP = 0x03;
const TRY = 0x06;
const CATCH = 0x07;
const THROW = 0x08;
const END = 0x0b;
const BR_IF = 0x0d;
const CALL = 0x10;
const GET = 0x20;
const SET = 0x21;
const TEE = 0x22;
const CONST = 0x41;
const ADD = 0x6a;
const SUB = 0x6b;
const MUL = 0x6c;
const AND = 0x71;

function leb(number) {
  const bytes = [];
  do {
    bytes.push((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
    number >>>= 7;
  } while (number > 0);
  return bytes;
}

function signed(number) {
  const bytes = [];
  for (;;) {
    const byte = number & 0x7f;
    number >>= 7;
    if ((number === 0 && !(byte & 0x40)) || (number === -1 && byte & 0x40)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

const vector = (items) => [...leb(items.length), ...items.flat()];
const name = (text) => vector([...Buffer.from(text)]);
const section = (id, content) => [id, ...vector(content)];
const value = (number) => [CONST, ...signed(number)];

let count = 0;

/**
 * Returns a module that exports its first function as `f`. V8 shares compiled code between modules with equal bytes, including
 * optimised code; `isFresh` makes the bytes of this one unique.
 *
 * @param {{types: number[][][], imports?: number[][], locals?: number[], code: number[], tag?: boolean, memory?: boolean, calls?:
 * number}} parts
 */
function bytes({ types, imports = [], locals = [], code, tag = false, memory = false }, isFresh = true) {
  const type = ([params, results]) => [0x60, ...vector(params), ...vector(results)];
  const body = [...vector(locals.map((local) => [1, local])), ...code, END];
  return new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vector(types.map(type))),
    ...(imports.length ? section(2, vector(imports)) : []),
    ...section(3, vector([[0]])),
    ...(memory ? section(5, vector([[0, 1]])) : []),
    ...(tag ? section(13, vector([[0, 1]])) : []),
    ...section(7, vector([[...name('f'), 0, imports.filter((one) => one.kind === 'function').length]])),
    ...section(10, vector([vector(body)])),
    ...section(0, [...name('unique'), ...leb(isFresh ? ++count : 0)]),
  ]);
}

const importFunction = (type) => Object.assign([...name('e'), ...name('g'), 0, type], { kind: 'function' });
const SHARED_MEMORY = [...name('e'), ...name('m'), 2, 3, 1, 1];

/** Counts local 0 down to 0, and runs `step` each time. */
const countDown = (step) => [LOOP, VOID, ...step, GET, 0, ...value(1), SUB, TEE, 0, BR_IF, 0, END];

/** acc = acc * 31 + n */
const MIX = [GET, 1, ...value(31), MUL, GET, 0, ADD, SET, 1];

const modules = {
  /** (n) => a checksum of n, n - 1, ... 1, in a loop without calls. */
  mix: { types: [[[I32], [I32]]], locals: [I32], code: [...countDown(MIX), GET, 1] },
  /** Like `mix`, through memory. */
  memory: {
    types: [[[I32], [I32]]],
    locals: [I32],
    memory: true,
    code: [
      ...countDown([
        ...MIX,
        // memory[n & 0xfffc] = acc; acc = memory[n & 0xfffc]
        GET,
        0,
        ...value(0xfffc),
        AND,
        GET,
        1,
        0x36,
        2,
        0,
        GET,
        0,
        ...value(0xfffc),
        AND,
        0x28,
        2,
        0,
        SET,
        1,
      ]),
      GET,
      1,
    ],
  },
  /** (n) => Fibonacci's number, by recursion: the stack is checked at entries. */
  fibonacci: {
    types: [[[I32], [I32]]],
    code: [
      GET,
      0,
      ...value(2),
      0x48,
      0x04,
      I32,
      GET,
      0,
      0x05,
      GET,
      0,
      ...value(1),
      SUB,
      CALL,
      0,
      GET,
      0,
      ...value(2),
      SUB,
      CALL,
      0,
      ADD,
      END,
    ],
  },
  /** (n, reference) => the reference, after a loop. */
  reference: { types: [[[I32, EXTERNREF], [EXTERNREF]]], code: [...countDown([]), GET, 1] },
  /** (n, reference) => the result of applying `g` n times. */
  callbacks: {
    types: [
      [[I32, EXTERNREF], [EXTERNREF]],
      [[EXTERNREF], [EXTERNREF]],
    ],
    imports: [importFunction(1)],
    code: [...countDown([GET, 1, CALL, 0, SET, 1]), GET, 1],
  },
  /** (n) => the sum of 1 to n, each thrown and caught. */
  exceptions: {
    types: [
      [[I32], [I32]],
      [[I32], []],
    ],
    locals: [I32],
    tag: true,
    code: [...countDown([TRY, VOID, GET, 0, THROW, 0, CATCH, 0, GET, 1, ADD, SET, 1, END]), GET, 1],
  },
  /** (ns) => 2 after so many nanoseconds, because no thread notifies. */
  wait: {
    types: [[[I32], [I32]]],
    imports: [SHARED_MEMORY],
    code: [...value(0), ...value(0), GET, 0, 0xac /* i64.extend */, 0xfe, 0x01, 2, 0],
  },
  /** (n) => the sum of `g(n)` to `g(1)`, where `g` may suspend; `spin` turns of a loop before each. */
  suspending: {
    types: [
      [[I32], [I32]],
      [[I32], [I32]],
    ],
    locals: [I32, I32],
    imports: [importFunction(1)],
    code: [
      ...countDown([
        ...value(300_000),
        SET,
        2,
        LOOP,
        VOID,
        GET,
        2,
        ...value(1),
        SUB,
        TEE,
        2,
        BR_IF,
        0,
        END,
        GET,
        0,
        CALL,
        0,
        GET,
        1,
        ADD,
        SET,
        1,
      ]),
      GET,
      1,
    ],
  },
};

/** Returns the function of the module `which`, newly compiled. */
function instantiate(which, imports = {}) {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes(modules[which])), { e: imports }).exports.f;
}

/** Returns the expected result of `mix` and `memory`. */
function mixed(n) {
  let acc = 0;
  for (; n > 0; n--) acc = (Math.imul(acc, 31) + n) | 0;
  return acc;
}

module.exports = { instantiate, mixed };
