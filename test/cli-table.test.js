'use strict';
// Tables and numbers as the command line prints them.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { layout } = require('../lib/cli/kit/table.js');
const { bytes, distance, integer, percent, printable, shorten, signed, width } = require('../lib/text.js');

const COLUMNS = [
  { title: 'Name', shrink: true },
  { title: 'Size', align: 'right' },
];

test('columns are as wide as their widest cell, numbers to the right', () => {
  assert.deepEqual(
    layout(
      COLUMNS,
      [
        ['a', '1'],
        ['long name', '1,234'],
      ],
      Infinity,
    ),
    ['Name        Size', 'a              1', 'long name  1,234'],
  );
});

test('names are cut in a narrow terminal, numbers are not', () => {
  const rows = [['the beginning, the middle and the end', '1,234,567']];
  const lines = layout(COLUMNS, rows, 36);
  for (const line of lines) assert.ok(width(line) <= 36, line);
  assert.match(lines[1], /^the beginn.*\u2026.* end +1,234,567$/);
  assert.match(layout(COLUMNS, rows, 5)[1], /^.{16} {2}1,234,567$/);
});

test('of several names the longest is cut first', () => {
  const columns = [{ title: 'A', shrink: true }, { title: 'B', shrink: true }, { title: 'C' }];
  const widths = (a, b, available) => {
    const [, line] = layout(columns, [['a'.repeat(a), 'b'.repeat(b), 'c']], available);
    return [/^a*\u2026?a*/.exec(line)[0].length, /b+\u2026?b*/.exec(line)[0].length];
  };
  assert.deepEqual(widths(50, 20, Infinity), [50, 20]);
  assert.deepEqual(widths(50, 20, 65), [40, 20]);
  assert.deepEqual(widths(50, 40, 65), [30, 30]);
  assert.deepEqual(widths(1000, 1000, 5), [16, 16]);
  assert.deepEqual(widths(10, 50, 5), [10, 16]);
});

test('a name has a limit where the terminal has none, a path of names has not', () => {
  const columns = [
    { title: 'A', shrink: true },
    { title: 'B', shrink: true, isPath: true },
  ];
  assert.match(layout(columns, [['a'.repeat(100), 'b'.repeat(100)]], Infinity, 20)[1], /^a+\u2026a+ {2}b{100}$/);
  assert.equal(width(layout(columns, [['a'.repeat(100), 'b'.repeat(100)]], Infinity, 20)[1]), 122);
});

test('wide characters take two columns, marks none', () => {
  assert.equal(width('abc'), 3);
  assert.equal(width('漢字'), 4);
  assert.equal(width('e\u0301'), 1);
  assert.equal(width('\u{1f600}'), 2);
  const [, ...lines] = layout(
    COLUMNS,
    [
      ['漢字', '1'],
      ['abcd', '2'],
    ],
    Infinity,
  );
  assert.deepEqual(lines, ['漢字     1', 'abcd     2']);
});

test('shortened texts fit and keep both ends', () => {
  for (const columns of [2, 5, 9, 20]) assert.ok(width(shorten('漢字 and some more 漢字', columns)) <= columns);
  assert.equal(shorten('short', 5), 'short');
  assert.match(shorten('abcdefghijklmnop', 8), /^abc.*\u2026.*p$/);
});

test('numbers', () => {
  assert.deepEqual([0, 999, 1000, 1234567, -1234].map(integer), ['0', '999', '1,000', '1,234,567', '\u22121,234']);
  assert.deepEqual([0, 5, -5].map(signed), ['0', '+5', '\u22125']);
  assert.deepEqual([0, 999, 1000, 99_940, 123_456, 5.1e9].map(bytes), ['0 B', '999 B', '1.0 kB', '99.9 kB', '123 kB', '5.1 GB']);
  assert.equal(percent(1, 3), '33 %');
  assert.equal(percent(1, 0), '');
  assert.deepEqual([3, null].map(distance), ['3', '\u2212']);
});

test('nothing that is printed can drive a terminal', () => {
  assert.equal(printable('a\u001b[31mb\r\n\t'), 'a\\u{1b}[31mb\\r\\n\\t');
  assert.equal(printable('\u202eabc\u2066\u0085\u2028'), '\\u{202e}abc\\u{2066}\\u{85}\\u{2028}');
  assert.equal(printable('half \ud83d'), 'half \\u{d83d}');
  assert.equal(printable('naïve \u{1f600} 漢字'), 'naïve \u{1f600} 漢字');
});
