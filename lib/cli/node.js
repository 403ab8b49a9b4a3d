'use strict';

const { TABLE_OPTIONS, nodeId } = require('./kit/arguments.js');
const { frameText } = require('./kit/frames.js');
const { label } = require('./kit/nodes.js');
const { open } = require('./kit/open.js');
const { print, printJson, printTable, style } = require('./kit/output.js');
const { integer, printable } = require('../text.js');

const WORDS = new Map([
  [null, '\u2212'],
  [true, 'yes'],
  [false, 'no'],
]);

const placeOf = ({ scriptId, line, column }) => `script ${scriptId}, line ${line + 1}, column ${column + 1}`;

function cell(value) {
  if (value?.scriptId !== undefined) return placeOf(value);
  if (WORDS.has(value)) return WORDS.get(value);
  return typeof value === 'number' ? integer(value) : printable(String(value));
}

async function run({ values, positionals: [file, id] }) {
  const wanted = nodeId(id);
  const snapshot = await open(file);
  const node = snapshot.nodeSync(wanted);
  if (values.json) return printJson(node);
  await print([style('bold', label(node)), '']);
  const { allocationStack, ...fields } = node;
  const rows = Object.entries(fields).filter(([name]) => name !== 'id' && name !== 'rawDistance');
  await printTable(
    [{ title: 'Field' }, { title: 'Value', shrink: true }],
    rows.map(([name, value]) => [name, cell(value)]),
    values,
  );
  if (allocationStack) await print(['', style('bold', 'Allocated by'), ...allocationStack.map(frameText)]);
  return undefined;
}

module.exports = { usage: 'FILE ID', positionals: [2], options: TABLE_OPTIONS, run };
