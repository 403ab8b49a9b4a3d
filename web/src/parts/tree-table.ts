// A table whose rows can be opened. Only the rows in sight exist, and rows are fetched a page at a time when they come into
// sight, so that it shows a list of any length from a source of any speed.

import {
  Virtualizer,
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
} from '@tanstack/virtual-core';
import type { Words } from '../words.js';
import { h, styled, type Child } from './dom.js';
import type { Format } from './format.js';

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

/** Which rows are asked for. */
export interface Window {
  offset: number;
  limit: number;
  sort?: string;
  reverse?: boolean;
  /** Ends when the rows are no longer in sight. */
  signal?: AbortSignal;
}

export interface Page<Row> {
  /** Rows there are. If a page has fewer rows than were asked for and than there are, the others are not to be had. */
  total: number;
  rows: Row[];
}

export interface TreeTableOptions<Row> {
  label: string;
  columns: Column<Row>[];
  /** Rows below `parent`; of the top level without one. */
  page(parent: Row | undefined, window: Window): Promise<Page<Row>>;
  canOpen?(row: Row): boolean;
  /** Key of the column that it is sorted by at first. */
  sort?: string;
  reverse?: boolean;
  /** The row on which the keyboard is has changed. */
  select?(row: Row): void;
  /** A double click, or Enter. */
  activate?(row: Row): void;
  words: Words;
  format: Format;
}

const PAGE = 100;
const ROW_HEIGHT = 26;
/** Browsers draw no element that is higher than some ten million pixels. */
const MOST_ROWS = 500_000;
/** Rows on paper. */
const PRINTED = 60;

/** The rows below one row. */
class Branch<Row> {
  total: number | undefined;
  /** Rows that can be had. */
  available = 0;
  error: unknown;
  readonly rows = new Map<number, Row>();
  readonly pending = new Map<number, AbortController>();
  readonly open = new Map<number, Branch<Row>>();

  constructor(
    readonly parent: Row | undefined,
    readonly level: number,
  ) {}

  /** A line that says what is not there: rows that are on their way, that were left out, or none. */
  get hasNote(): boolean {
    return this.total === undefined || this.error !== undefined || this.available < this.total || this.total === 0;
  }

  get height(): number {
    let height = this.available + (this.hasNote ? 1 : 0);
    for (const branch of this.open.values()) height += branch.height;
    return height;
  }
}

interface Place<Row> {
  branch: Branch<Row>;
  /** `undefined`: the note at the end. */
  at: number | undefined;
}

let tables = 0;

export class TreeTable<Row> {
  readonly element: HTMLElement;
  readonly #options: TreeTableOptions<Row>;
  readonly #scroller: HTMLElement;
  readonly #body: HTMLElement;
  readonly #head: HTMLElement;
  readonly #id = `table-${++tables}`;
  readonly #lines = new Map<number, HTMLElement>();
  #root: Branch<Row>;
  #active = 0;
  #sort: string | undefined;
  #reverse: boolean;
  #virtualizer: Virtualizer<HTMLElement, HTMLElement> | undefined;
  #isPrinting = false;

  constructor(options: TreeTableOptions<Row>) {
    this.#options = options;
    this.#sort = options.sort;
    this.#reverse = options.reverse ?? false;
    this.#root = new Branch<Row>(undefined, 1);
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

  /** Begins to live, once it is in the document. Gives the function that ends it. */
  mount(): () => void {
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
      count: this.#root.height,
      getScrollElement: () => this.#scroller,
      estimateSize: () => ROW_HEIGHT,
      overscan: 12,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      scrollMargin: 0,
      scrollPaddingStart: ROW_HEIGHT,
      // The row with the focus stays, wherever one scrolls.
      rangeExtractor: (range) =>
        [...new Set([...defaultRangeExtractor(range), Math.min(this.#active, range.count - 1)])].sort((a, b) => a - b),
      onChange: () => this.#draw(),
    });
    const end = this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
    const print = () => this.#print(true);
    const printed = () => this.#print(false);
    addEventListener('beforeprint', print);
    addEventListener('afterprint', printed);
    this.#draw();
    return () => {
      end();
      this.#giveUp();
      removeEventListener('beforeprint', print);
      removeEventListener('afterprint', printed);
    };
  }

  /** Asks for everything anew, because what `page` answers has changed. */
  reload(): void {
    this.#giveUp();
    this.#root = new Branch<Row>(undefined, 1);
    this.#active = 0;
    this.#scroller.scrollTop = 0;
    this.#refresh();
  }

  #drawHead(): void {
    const cells = this.#options.columns.map((column, at) => {
      const isSorted = column.key === this.#sort;
      const ascends = (column.ascends ?? false) !== this.#reverse;
      const content = column.isSortable
        ? h(
            'button',
            { type: 'button', click: () => this.#sortBy(column) },
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
    this.#head.replaceChildren(h('div', { role: 'row', class: 'line', 'aria-rowindex': 1 }, ...cells));
  }

  #sortBy(column: Column<Row>): void {
    this.#reverse = column.key === this.#sort && !this.#reverse;
    this.#sort = column.key;
    const hadFocus = this.#head.contains(document.activeElement);
    this.#drawHead();
    if (hadFocus)
      this.#head.querySelectorAll('button')[this.#options.columns.filter(({ isSortable }) => isSortable).indexOf(column)]?.focus();
    this.reload();
  }

  /** What is on the line `index` of all lines. */
  #locate(index: number, branch = this.#root): Place<Row> {
    let rest = index;
    for (const [at, below] of [...branch.open].sort(([a], [b]) => a - b)) {
      if (rest <= at) break;
      const { height } = below;
      if (rest <= at + height) return this.#locate(rest - at - 1, below);
      rest -= height;
    }
    return { branch, at: rest < branch.available ? rest : undefined };
  }

  /** The line of a row. */
  #lineOf(branch: Branch<Row>, at: number): number {
    let line = at;
    for (const [other, below] of branch.open) if (other < at) line += below.height;
    if (branch === this.#root) return line;
    const above = this.#above(branch)!;
    return this.#lineOf(above.branch, above.at) + 1 + line;
  }

  #above(branch: Branch<Row>, from = this.#root): { branch: Branch<Row>; at: number } | undefined {
    for (const [at, below] of from.open) {
      if (below === branch) return { branch: from, at };
      const found = this.#above(branch, below);
      if (found) return found;
    }
    return undefined;
  }

  async #fetch(branch: Branch<Row>, page: number): Promise<void> {
    if (branch.pending.has(page) || branch.error !== undefined) return;
    const controller = new AbortController();
    branch.pending.set(page, controller);
    const { signal } = controller;
    const root = this.#root;
    const offset = page * PAGE;
    const direction = this.#sort === undefined ? {} : { sort: this.#sort, reverse: this.#reverse };
    try {
      const { total, rows } = await this.#options.page(branch.parent, { offset, limit: PAGE, ...direction, signal });
      branch.pending.delete(page);
      if (root !== this.#root || signal.aborted) return;
      rows.forEach((row, i) => branch.rows.set(offset + i, row));
      const isFirst = branch.total === undefined;
      branch.total = total;
      const end = offset + rows.length;
      if (rows.length < PAGE) branch.available = Math.min(end, MOST_ROWS);
      else if (isFirst) branch.available = Math.min(total, MOST_ROWS);
    } catch (error) {
      if (root !== this.#root || signal.aborted) return;
      branch.pending.delete(page);
      branch.error = error;
      branch.total ??= 0;
    }
    this.#refresh();
  }

  /** Gives up the pages that nobody looks at any more. */
  #giveUp(inSight: (branch: Branch<Row>, page: number) => boolean = () => false, branch = this.#root): void {
    for (const [page, controller] of branch.pending) {
      if (inSight(branch, page)) continue;
      branch.pending.delete(page);
      controller.abort();
    }
    for (const below of branch.open.values()) this.#giveUp(inSight, below);
  }

  #refresh(): void {
    const hadFocus = this.#body.contains(document.activeElement);
    this.#lines.clear();
    this.#body.replaceChildren();
    this.#active = Math.max(0, Math.min(this.#active, this.#root.height - 1));
    this.#draw();
    if (hadFocus) this.#lines.get(this.#active)?.focus({ preventScroll: true });
  }

  #draw(): void {
    const virtualizer = this.#virtualizer;
    if (!virtualizer) return;
    const count = this.#root.height;
    if (virtualizer.options.count !== count) {
      virtualizer.setOptions({ ...virtualizer.options, count });
      virtualizer._willUpdate();
    }
    this.element.setAttribute('aria-rowcount', String(count + 1));
    styled(this.#body, { height: `${count * ROW_HEIGHT}px` });
    const indexes = this.#isPrinting
      ? Array.from({ length: Math.min(count, PRINTED) }, (_, i) => i)
      : virtualizer.getVirtualIndexes();
    const wanted = new Set(indexes);
    const places = indexes.map((index) => this.#locate(index));
    this.#giveUp((branch, page) => places.some((place) => place.branch === branch && Math.floor((place.at ?? 0) / PAGE) === page));
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
    const { branch, at } = this.#locate(index);
    const row = at === undefined ? undefined : branch.rows.get(at);
    if (at !== undefined && row === undefined) void this.#fetch(branch, Math.floor(at / PAGE));
    if (branch.total === undefined) void this.#fetch(branch, 0);
    const opened = at === undefined ? undefined : branch.open.get(at);
    const canOpen = row !== undefined && (this.#options.canOpen?.(row) ?? false);
    const line = h('div', {
      role: 'row',
      id: `${this.#id}-${index}`,
      class: row === undefined ? 'line note' : 'line',
      tabindex: index === this.#active ? 0 : -1,
      'aria-level': branch.level,
      'aria-rowindex': index + 2,
      'aria-expanded': canOpen ? String(opened !== undefined) : undefined,
      'aria-selected': String(index === this.#active),
      click: () => this.#move(index),
      dblclick: () => this.#act(index),
      focus: () => this.#setActive(index),
    });
    styled(line, { top: `${index * ROW_HEIGHT}px`, '--level': String(branch.level - 1) });
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

  #row(index: number): Row | undefined {
    const { branch, at } = this.#locate(index);
    return at === undefined ? undefined : branch.rows.get(at);
  }

  #move(index: number): void {
    const to = Math.max(0, Math.min(index, this.#root.height - 1));
    this.#setActive(to);
    this.#virtualizer?.scrollToIndex(to, { align: 'auto' });
    this.#draw();
    this.#lines.get(to)?.focus({ preventScroll: true });
    const row = this.#row(to);
    if (row !== undefined) this.#options.select?.(row);
  }

  #act(index: number): void {
    const row = this.#row(index);
    if (row === undefined) return;
    if (this.#options.activate) this.#options.activate(row);
    else this.#toggle(index);
  }

  #toggle(index: number, open?: boolean): void {
    const { branch, at } = this.#locate(index);
    const row = at === undefined ? undefined : branch.rows.get(at);
    if (at === undefined || row === undefined || !this.#options.canOpen?.(row)) return;
    const isOpen = branch.open.has(at);
    if (open === isOpen) return;
    if (isOpen) branch.open.delete(at);
    else branch.open.set(at, new Branch<Row>(row, branch.level + 1));
    this.#refresh();
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#body.contains(event.target as Node)) return;
    const index = this.#active;
    const { branch, at } = this.#locate(index);
    const isOpen = at !== undefined && branch.open.has(at);
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW_HEIGHT) - 2);
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.#move(index + 1),
      ArrowUp: () => this.#move(index - 1),
      PageDown: () => this.#move(index + page),
      PageUp: () => this.#move(index - page),
      Home: () => this.#move(0),
      End: () => this.#move(this.#root.height - 1),
      ArrowRight: () => (isOpen ? this.#move(index + 1) : this.#toggle(index, true)),
      ArrowLeft: () => {
        if (isOpen) return this.#toggle(index, false);
        const above = this.#above(branch);
        if (above) this.#move(this.#lineOf(above.branch, above.at));
      },
      Enter: () => this.#act(index),
      ' ': () => this.#toggle(index),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  /** On paper nothing scrolls: the first rows stand there as they are. */
  #print(isPrinting: boolean): void {
    this.#isPrinting = isPrinting;
    this.element.classList.toggle('printing', isPrinting);
    this.#refresh();
  }
}
