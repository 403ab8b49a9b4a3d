// The head of a table: titles of columns, and buttons that sort.

import { h, type Child } from '../dom.js';

export interface Column<Row> {
  /** Also the sort key of `page`. */
  key: string;
  title: string;
  /** Track of a grid: `minmax(12rem, 1fr)`, `7rem`. */
  width: string;
  isNumber?: boolean;
  isSortable?: boolean;
  /** Whether the default order is ascending, as for names. */
  ascends?: boolean;
  cell(row: Row): Child;
}

/** The sort column of a table, and whether its order is reversed. */
export interface Order {
  sort?: string;
  reverse?: boolean;
}

export function headOf<Row>(columns: Column<Row>[], { sort, reverse }: Order, sortBy: (column: Column<Row>) => void): HTMLElement {
  const cells = columns.map((column, at) => {
    const isSorted = column.key === sort;
    const ascends = (column.ascends ?? false) !== (reverse ?? false);
    const content = column.isSortable
      ? h(
          'button',
          { type: 'button', click: () => sortBy(column) },
          column.title,
          h('span', { class: 'arrow', 'aria-hidden': 'true' }, isSorted ? (ascends ? '▲' : '▼') : ''),
        )
      : h('span', undefined, column.title);
    const sorted = !column.isSortable ? undefined : !isSorted ? 'none' : ascends ? 'ascending' : 'descending';
    return h(
      'div',
      { role: 'columnheader', class: column.isNumber ? 'cell number' : 'cell', 'aria-colindex': at + 1, 'aria-sort': sorted },
      content,
    );
  });
  return h('div', { role: 'row', class: 'line', 'aria-rowindex': 1 }, ...cells);
}
