'use strict';
// Tables of objects, which several commands print.

const { distance, integer, percent, printable } = require('./text.js');

const SIZE_COLUMNS = [
  { title: 'Distance', align: 'right' },
  { title: 'Shallow size', align: 'right' },
  { title: 'Retained size', align: 'right' },
  { title: '', align: 'right' },
];

/** How an object is called on screen: strings in quotes, everything with its id. */
function label({ id, name, type }) {
  const text = printable(name);
  const isString = type === 'string' || type === 'concatenated string' || type === 'sliced string';
  return `${isString ? JSON.stringify(text) : text || `(${type})`} @${id}`;
}

/** The cells that go with SIZE_COLUMNS. */
function sizes(node, totalSize) {
  return [
    distance(node.distance), integer(node.shallowSize), integer(node.retainedSize),
    percent(node.retainedSize, totalSize),
  ];
}

module.exports = { SIZE_COLUMNS, label, sizes };
