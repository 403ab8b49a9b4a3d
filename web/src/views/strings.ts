// Duplicate strings: texts that are stored more than once.

import { numberColumns } from '../parts/cells.js';
import { h } from '../parts/dom.js';
import { name } from '../parts/format.js';
import { TreeTable } from '../parts/tree-table.js';
import type { DuplicateString } from '../source.js';
import type { Stage, View } from '../stage.js';

/** If contents are hidden, `length` replaces `value`. */
type Row = DuplicateString & { length?: number };

export const view: View = { name: 'strings', show };

function show(panel: HTMLElement, stage: Stage): void {
  const { source, words, format } = stage;
  const table = new TreeTable<Row>({
    label: words.tabs.strings,
    words,
    format,
    columns: [
      {
        key: 'value',
        title: words.columns.text,
        width: 'minmax(14rem, 1fr)',
        cell: (row) =>
          source.showsValues
            ? name(JSON.stringify(row.value), 'string')
            : h(
                'span',
                { class: 'muted' },
                words.strings.hidden(format.integer(row.length ?? 0)),
                h('span', { class: 'id' }, ` @${row.ids[0]}`),
              ),
      },
      { key: 'count', title: words.columns.copies, width: '7rem', isNumber: true, cell: (row) => format.integer(row.count) },
      ...numberColumns<Row>(stage, ['shallowSize', 'retainedSize'], false),
    ],
    async page(_, { offset, limit }) {
      const { totals, rows } = await source.duplicateStrings({ offset, limit });
      return { total: totals.count, rows };
    },
  });
  panel.append(
    h(
      'p',
      { class: 'muted' },
      words.strings.about,
      !source.showsValues && ` ${words.valuesHidden}`,
      !source.showsValues && source.mode === 'report' && ` ${words.valuesHowReport}`,
    ),
    table.element,
  );
  stage.onLeave(table.mount());
}
