// The table of functions that allocated objects, with the sums of all of their calls.

import type { AllocationFrame, AllocationTree } from '../source.js';
import type { Stage } from '../stage.js';
import type { FunctionRow } from './call-tree.js';
import { size } from './cells.js';
import type { Child } from './dom.js';
import { name, printable } from './format.js';
import { place } from './prose.js';
import { TreeTable, type Column, type Page, type Window } from './tree-table.js';

export interface FunctionTableOptions {
  /** Returns the rows, in any order. They can differ when the table is reloaded. */
  rows(): FunctionRow[];
  packageOf(frame: AllocationFrame): string;
  select(row: FunctionRow): void;
}

type FunctionColumn = Column<FunctionRow> & { valueOf(row: FunctionRow): number | string };

/** Returns the position of a function as text. */
export const placeOf = ({ file, line, column }: AllocationFrame): string => printable(`${file}:${line}:${column}`);

/** Returns the table of functions of a tree. */
export function functionTable(stage: Stage, tree: AllocationTree, { rows, packageOf, select }: FunctionTableOptions) {
  const { words, format } = stage;
  const numbers = tree.base === null ? sizeColumns(stage, tree) : changeColumns(stage);
  const columns = [...textColumns(stage, packageOf), ...numbers];
  return new TreeTable<FunctionRow>({
    label: words.allocations.functions,
    words,
    format,
    sort: numbers[0]!.key,
    columns: columns.map(({ valueOf: _, ...column }) => column),
    select,
    page: async (_, window) => pageOf(rows(), columns, window),
  });
}

/** Returns a part of the sorted rows. */
function pageOf(rows: FunctionRow[], columns: FunctionColumn[], { sort, reverse, offset, limit }: Window): Page<FunctionRow> {
  const { valueOf, ascends } = columns.find(({ key }) => key === sort)!;
  const direction = (ascends ?? false) === (reverse ?? false) ? -1 : 1;
  rows.sort((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * direction;
  });
  return { total: rows.length, rows: rows.slice(offset, offset + limit) };
}

function textColumns({ words }: Stage, packageOf: (frame: AllocationFrame) => string): FunctionColumn[] {
  const { columns, allocations: own } = words;
  const isText = { isSortable: true, ascends: true };
  return [
    {
      key: 'function',
      title: columns.function,
      width: 'minmax(10rem, 0.6fr)',
      ...isText,
      valueOf: ({ frame }) => frame.function,
      cell: ({ frame }) => name(frame.function),
    },
    {
      key: 'place',
      title: own.place,
      width: 'minmax(12rem, 1fr)',
      ...isText,
      valueOf: ({ frame }) => frame.file ?? '',
      cell: ({ frame }) => frame.file !== null && place(placeOf(frame)),
    },
    {
      key: 'package',
      title: columns.package,
      width: 'minmax(6rem, 0.3fr)',
      ...isText,
      valueOf: ({ frame }) => packageOf(frame),
      cell: ({ frame }) => name(packageOf(frame)),
    },
  ];
}

/** Returns a column of numbers, shown by `cellOf`. */
function numberColumn(
  key: string,
  title: string,
  valueOf: (row: FunctionRow) => number,
  cellOf: (value: number) => Child,
): FunctionColumn {
  return { key, title, width: '8rem', isNumber: true, isSortable: true, valueOf, cell: (row) => cellOf(valueOf(row)) };
}

function sizeColumns(stage: Stage, { from }: AllocationTree): FunctionColumn[] {
  const { words, format } = stage;
  const { columns, allocations: own } = words;
  const bytes = (value: number) => size(stage, value);
  return [
    numberColumn('ownSize', columns.ownSize, (row) => row.own.size, bytes),
    numberColumn('totalSize', own.totalSize, (row) => row.total.size, bytes),
    numberColumn('count', from === 'profile' ? own.sampleCount : columns.count, (row) => row.own.count, format.integer),
  ];
}

function changeColumns(stage: Stage): FunctionColumn[] {
  const { words, format } = stage;
  const { columns, allocations: own } = words;
  const bytes = (value: number) => size(stage, value, format.signedSize(value));
  return [
    numberColumn('ownSize', columns.ownSize, (row) => row.own.size - row.own.removedSize, bytes),
    numberColumn('totalSize', own.totalSize, (row) => row.total.size - row.total.removedSize, bytes),
    numberColumn('addedCount', columns.addedCount, (row) => row.own.count, format.integer),
    numberColumn('removedCount', columns.removedCount, (row) => row.own.removedCount, format.integer),
  ];
}
