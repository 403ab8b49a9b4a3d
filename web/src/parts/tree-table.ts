// A table whose rows can be opened. Only visible rows are elements, and rows are fetched one page at a time when they become
// visible, so that it can show a list of any length from a source of any speed.

import {
  Virtualizer,
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
} from '@tanstack/virtual-core';
import type { Words } from '../words.js';
import { h, styled } from './dom.js';
import type { Format } from './format.js';
import { headOf, type Column, type Order } from './table/head.js';
import { actionOf } from './table/keyboard.js';
import { TableModel, type Branch, type Page, type Window } from './table/model.js';
import { onPrint } from './table/printing.js';

export type { Column, Page, Window };

export interface TreeTableOptions<Row> {
  label: string;
  columns: Column<Row>[];
  /** Returns rows below `parent`, or of the top level without a parent. */
  page(parent: Row | undefined, window: Window): Promise<Page<Row>>;
  canOpen?(row: Row): boolean;
  /** Key of the initial sort column. */
  sort?: string;
  /** Called when the selected row changes. */
  select?(row: Row): void;
  words: Words;
  format: Format;
}

const ROW_HEIGHT = 26;
/** Maximum number of rows on paper. */
const MAX_PRINTED_ROWS = 60;

let tables = 0;

export class TreeTable<Row> {
  readonly element: HTMLElement;
  readonly #options: TreeTableOptions<Row>;
  readonly #scroller: HTMLElement;
  readonly #body: HTMLElement;
  readonly #head: HTMLElement;
  readonly #id = `table-${++tables}`;
  readonly #lines = new Map<number, HTMLElement>();
  readonly #model: TableModel<Row>;
  #active = 0;
  #order: Order;
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | undefined;
  #isPrinting = false;

  constructor(options: TreeTableOptions<Row>) {
    this.#options = options;
    this.#order = options.sort === undefined ? {} : { sort: options.sort, reverse: false };
    this.#model = new TableModel<Row>(options.page, () => this.#refresh());
    this.#head = h('div', { role: 'rowgroup', class: 'head' });
    this.#body = h('div', { role: 'rowgroup', class: 'body' });
    this.#scroller = h('div', { class: 'scroller' }, this.#head, this.#body);
    this.element = h(
      'div',
      {
        class: 'tree-table',
        role: 'treegrid',
        'aria-label': options.label,
        'aria-colcount': options.columns.length,
        keydown: (event: KeyboardEvent) => this.#key(event),
      },
      this.#scroller,
    );
    styled(this.element, { '--tracks': options.columns.map(({ width }) => width).join(' ') });
    this.#drawHead();
  }

  /** Activates the table, which must be in the document. Returns the function that deactivates it. */
  mount(): () => void {
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
      count: this.#model.length,
      getScrollElement: () => this.#scroller,
      estimateSize: () => ROW_HEIGHT,
      overscan: 12,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      scrollMargin: 0,
      scrollPaddingStart: ROW_HEIGHT,
      // The row with the focus stays in the document at every scroll position.
      rangeExtractor: (range) =>
        [...new Set([...defaultRangeExtractor(range), Math.min(this.#active, range.count - 1)])].sort((a, b) => a - b),
      onChange: () => this.#draw(),
    });
    const end = this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
    const endPrinting = onPrint((isPrinting) => this.#print(isPrinting));
    this.#draw();
    return () => {
      end();
      this.#model.giveUp();
      endPrinting();
    };
  }

  /** Fetches all rows again, because the answers of `page` have changed. */
  reload(): void {
    this.#model.clear();
    this.#active = 0;
    this.#scroller.scrollTop = 0;
    this.#refresh();
  }

  #drawHead(): void {
    this.#head.replaceChildren(headOf(this.#options.columns, this.#order, (column) => this.#sortBy(column)));
  }

  #sortBy(column: Column<Row>): void {
    this.#order = { sort: column.key, reverse: column.key === this.#order.sort && !this.#order.reverse };
    const hadFocus = this.#head.contains(document.activeElement);
    this.#drawHead();
    if (hadFocus)
      this.#head.querySelectorAll('button')[this.#options.columns.filter(({ isSortable }) => isSortable).indexOf(column)]?.focus();
    this.reload();
  }

  #refresh(): void {
    const hadFocus = this.#body.contains(document.activeElement);
    this.#lines.clear();
    this.#body.replaceChildren();
    this.#active = Math.max(0, Math.min(this.#active, this.#model.length - 1));
    this.#draw();
    if (hadFocus) this.#lines.get(this.#active)?.focus({ preventScroll: true });
  }

  #draw(): void {
    const virtualizer = this.#virtualizer;
    if (!virtualizer) return;
    const count = this.#model.length;
    if (virtualizer.options.count !== count) {
      virtualizer.setOptions({ ...virtualizer.options, count });
      virtualizer._willUpdate();
    }
    this.element.setAttribute('aria-rowcount', String(count + 1));
    styled(this.#body, { height: `${count * ROW_HEIGHT}px` });
    const indexes = this.#isPrinting
      ? Array.from({ length: Math.min(count, MAX_PRINTED_ROWS) }, (_, i) => i)
      : virtualizer.getVirtualIndexes();
    const wanted = new Set(indexes);
    this.#model.giveUp(indexes.map((index) => this.#model.locate(index)));
    for (const [index, line] of this.#lines) {
      if (wanted.has(index)) continue;
      line.remove();
      this.#lines.delete(index);
    }
    let next: Element | null = this.#body.firstElementChild;
    for (const index of indexes) {
      const there = this.#lines.get(index);
      if (there) {
        next = there.nextElementSibling;
        continue;
      }
      const line = this.#line(index);
      this.#lines.set(index, line);
      this.#body.insertBefore(line, next);
    }
  }

  #line(index: number): HTMLElement {
    const place = this.#model.locate(index);
    this.#model.need(place, this.#order);
    const { branch, at, row } = place;
    const opened = at === undefined ? undefined : branch.below(at);
    const canOpen = row !== undefined && (this.#options.canOpen?.(row) ?? false);
    const line = h('div', {
      role: 'row',
      id: `${this.#id}-${index}`,
      class: row === undefined ? 'line note' : 'line',
      tabindex: index === this.#active ? 0 : -1,
      'aria-level': branch.depth + 1,
      'aria-rowindex': index + 2,
      'aria-expanded': canOpen ? String(opened !== undefined) : undefined,
      'aria-selected': String(index === this.#active),
      click: () => this.#move(index),
      dblclick: () => this.#toggle(index),
      focus: () => this.#setActive(index),
    });
    styled(line, { top: `${index * ROW_HEIGHT}px`, '--level': String(branch.depth) });
    if (row === undefined) {
      line.append(
        h(
          'div',
          { role: 'gridcell', class: 'cell first', 'aria-colspan': this.#options.columns.length },
          at === undefined ? this.#note(branch) : '\u2026',
        ),
      );
      return line;
    }
    this.#options.columns.forEach((column, i) => {
      const twisty =
        i === 0 &&
        h(
          'span',
          {
            class: canOpen ? 'twisty' : 'twisty none',
            'aria-hidden': 'true',
            click: (event: MouseEvent) => {
              event.stopPropagation();
              this.#move(index);
              this.#toggle(index);
            },
          },
          canOpen ? (opened ? '▾' : '▸') : '',
        );
      const role = i === 0 ? 'rowheader' : 'gridcell';
      line.append(
        h(
          'div',
          { role, class: `cell${i === 0 ? ' first' : ''}${column.isNumber ? ' number' : ''}`, 'aria-colindex': i + 1 },
          twisty,
          column.cell(row),
        ),
      );
    });
    return line;
  }

  #note(branch: Branch<Row>): string {
    const { words, format } = this.#options;
    if (branch.error !== undefined) return branch.error instanceof Error ? branch.error.message : String(branch.error);
    if (branch.total === undefined) return words.loading;
    if (branch.total === 0) return words.nothing;
    return words.leftOutRows(format.integer(branch.total - branch.available));
  }

  #setActive(index: number): void {
    if (index === this.#active) return;
    const before = this.#lines.get(this.#active);
    before?.setAttribute('tabindex', '-1');
    before?.setAttribute('aria-selected', 'false');
    this.#active = index;
    const line = this.#lines.get(index);
    line?.setAttribute('tabindex', '0');
    line?.setAttribute('aria-selected', 'true');
  }

  #move(index: number): void {
    const to = Math.max(0, Math.min(index, this.#model.length - 1));
    this.#setActive(to);
    this.#virtualizer?.scrollToIndex(to, { align: 'auto' });
    this.#draw();
    this.#lines.get(to)?.focus({ preventScroll: true });
    const { row } = this.#model.locate(to);
    if (row !== undefined) this.#options.select?.(row);
  }

  #toggle(index: number, open?: boolean): void {
    const { branch, at, row } = this.#model.locate(index);
    if (at === undefined || row === undefined || !this.#options.canOpen?.(row)) return;
    if (open === (branch.below(at) !== undefined)) return;
    this.#model.toggle(index);
    this.#refresh();
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#body.contains(event.target as Node)) return;
    const { branch, at } = this.#model.locate(this.#active);
    const focus = {
      line: this.#active,
      count: this.#model.length,
      page: Math.max(1, Math.floor(this.#scroller.clientHeight / ROW_HEIGHT) - 2),
      isOpen: at !== undefined && branch.below(at) !== undefined,
      parent: branch.parent?.lineOf(branch.at),
    };
    const action = actionOf(event.key, focus, {
      move: (line) => this.#move(line),
      toggle: (line, isOpen) => this.#toggle(line, isOpen),
    });
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** Shows the first rows without scrolling while the page is printed. */
  #print(isPrinting: boolean): void {
    this.#isPrinting = isPrinting;
    this.element.classList.toggle('printing', isPrinting);
    this.#refresh();
  }
}
