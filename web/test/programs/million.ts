// A table of a million rows, each with a thousand below, whose pages come late and in any order: `settle()` lets them come.

import '../../src/styles/base.css';
import '../../src/styles/table.css';
import { formatFor } from '../../src/parts/format.js';
import { TreeTable, type Page, type Window } from '../../src/parts/tree-table.js';
import { wordsOf } from '../../src/words.js';

interface Row {
  text: string;
  level: number;
}

const asked: { window: Window; give: () => void }[] = [];

const table = new TreeTable<Row>({
  label: 'A million',
  words: wordsOf('en'),
  format: formatFor('en'),
  sort: 'text',
  columns: [
    { key: 'text', title: 'Text', width: '1fr', isSortable: true, cell: (row) => row.text },
    { key: 'level', title: 'Level', width: '6rem', isNumber: true, isSortable: true, cell: (row) => row.level },
  ],
  canOpen: (row) => row.level === 1,
  page: (parent, window) =>
    new Promise<Page<Row>>((resolve, reject) => {
      const total = parent ? 1000 : 1_000_000;
      const order = `${window.sort}${window.reverse ? ' reversed' : ''}`;
      const rows = Array.from({ length: Math.min(window.limit, total - window.offset) }, (_, i) => ({
        text: `${parent ? `${parent.text} / ` : ''}${order} ${window.offset + i}`,
        level: parent ? 2 : 1,
      }));
      const isBroken = parent?.text.endsWith(' 1');
      asked.push({ window, give: () => (isBroken ? reject(new Error('no such page')) : resolve({ total, rows })) });
    }),
});

document.body.append(table.element);
table.element.style.height = '600px';
table.mount();

Object.assign(globalThis, {
  /** What was asked for and has not come. */
  asked,
  /** Lets the pages come, the last one first. */
  settle: () =>
    asked
      .splice(0)
      .reverse()
      .forEach(({ give }) => give()),
});
