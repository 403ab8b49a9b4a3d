'use strict';
// A compiler in Rust, on libuv's thread pool. Its output is run.

const assert = require('node:assert/strict');
const vm = require('node:vm');

const source = (i) => `
  enum Colour { Red = ${i % 100}, Green, Blue }
  interface Point { readonly x: number; readonly y?: number }
  abstract class Shape<T extends Point> {
    static #count = 0;
    constructor(protected readonly points: T[], private colour: Colour = Colour.Blue) { Shape.#count += 1; }
    abstract area(): number;
    get sum(): number { return this.points.reduce((sum, { x, y = 1 }) => sum + x * y, 0) + this.colour; }
    static get count() { return Shape.#count; }
  }
  class Square extends Shape<Point> { area(): number { return this.sum ** 2; } }
  const squares = Array.from({ length: 5 }, (_, n) => new Square([{ x: n, y: 2 }, { x: ${i} }]));
  export const result: number[] = [...squares.map((one) => one.area()), Shape.count, squares?.[9]?.sum ?? -1];
`;

const expected = (i) => [...Array.from({ length: 5 }, (_, n) => (2 * n + i + (i % 100) + 2) ** 2), 5, -1];

function run(code) {
  const module = { exports: {} };
  vm.runInThisContext(`(function (exports, module) {${code}\n})`)(module.exports, module);
  return module.exports.result;
}

function start() {
  const { minify, parse, transform } = require('@swc/core');
  return {
    async work(i) {
      const { code, map } = await transform(source(i), {
        filename: `shape-${i}.ts`,
        sourceMaps: true,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2015' },
        module: { type: 'commonjs' },
      });
      assert.deepEqual(run(code), expected(i));
      assert.deepEqual(JSON.parse(map).sources, [`shape-${i}.ts`]);
      const minified = await minify(code, { compress: true, mangle: true });
      assert.ok(minified.code.length < code.length);
      assert.deepEqual(run(minified.code), expected(i));
      const { body } = await parse(source(i), { syntax: 'typescript' });
      assert.deepEqual(body.map(({ type }) => type).slice(0, 2), ['TsEnumDeclaration', 'TsInterfaceDeclaration']);
    },
    stop() {},
  };
}

module.exports = { start, AT_ONCE: 4 };
