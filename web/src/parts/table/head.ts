// The columns of a table and its heading: titles, and buttons that sort.

import { h, type Child } from '../dom.js';

export interface Column<Row> {
  /** Also what `page` is asked to sort by. */
  key: string;
  title: string;
  /** Track of a grid: `minmax(12rem, 1fr)`, `7rem`. */
  width: string;
  isNumber?: boolean;
  isSortable?: boolean;
  /** Whether its natural order ascends, as that of names. */
  ascends?: boolean;
  cell(row: Row): Child;
}

/** By which column a table is sorted, and whether the other way round. */
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
