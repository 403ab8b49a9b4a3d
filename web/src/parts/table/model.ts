// The rows of a table: a tree of lists. Pages are fetched when they become visible.

import { TreeRows } from '../../../../lib/tree-rows.js';

/** The requested rows. */
export interface Window {
  offset: number;
  limit: number;
  sort?: string;
  reverse?: boolean;
  /** Aborts when the rows are no longer visible. */
  signal?: AbortSignal;
}

export interface Page<Row> {
  /** Number of all rows. If a page has fewer rows than requested, the following ones are not available. */
  total: number;
  rows: Row[];
}

/** Fetches rows below `parent`, or of the top level without a parent. */
export type Ask<Row> = (parent: Row | undefined, window: Window) => Promise<Page<Row>>;

const PAGE = 100;

/** Maximum number of rows. Browsers cannot draw an element higher than about ten million pixels. */
const MAX_ROWS = 500_000;

/** The rows below one row. */
export class Branch<Row> extends TreeRows<Branch<Row>> {
  total: number | undefined;
  /** Number of available rows. */
  available = 0;
  error: unknown;
  readonly rows = new Map<number, Row>();
  readonly pending = new Map<number, AbortController>();

  constructor(
    readonly row?: Row,
    parent?: Branch<Row>,
    at?: number,
  ) {
    super(parent, at);
  }

  /** Number of lines for a note: rows are being fetched, were left out, or do not exist. */
  get hasNote(): boolean {
    return this.total === undefined || this.error !== undefined || this.available < this.total || this.total === 0;
  }

  override get ownLength(): number {
    return this.available + (this.hasNote ? 1 : 0);
  }

  /** Adds the rows of a page. */
  add({ total, rows }: Page<Row>, offset: number): void {
    rows.forEach((row, i) => this.rows.set(offset + i, row));
    const isFirst = this.total === undefined;
    this.total = total;
    if (rows.length < PAGE) this.available = Math.min(offset + rows.length, MAX_ROWS);
    else if (isFirst) this.available = Math.min(total, MAX_ROWS);
  }
}

export interface Place<Row> {
  branch: Branch<Row>;
  /** `undefined` for the note at the end. */
  at: number | undefined;
  /** Also `undefined` while it is being fetched. */
  row: Row | undefined;
}

export class TableModel<Row> {
  readonly #ask: Ask<Row>;
  readonly #onChange: () => void;
  #root = new Branch<Row>();

  /** @param onChange called when rows or an error have arrived */
  constructor(ask: Ask<Row>, onChange: () => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** Number of lines. */
  get length(): number {
    return this.#root.length;
  }

  /** Forgets all rows. */
  clear(): void {
    this.giveUp();
    this.#root = new Branch<Row>();
  }

  /** Returns the place of a line: its list, row index and row. */
  locate(line: number): Place<Row> {
    const { branch, at } = this.#root.locate(line);
    return at < branch.available ? { branch, at, row: branch.rows.get(at) } : { branch, at: undefined, row: undefined };
  }

  /** Opens the row on a line, or closes it. */
  toggle(line: number): void {
    const { branch, at, row } = this.locate(line);
    if (at === undefined) return;
    if (branch.below(at)) branch.close(at);
    else branch.open(new Branch<Row>(row, branch, at));
  }

  /** Fetches the rows that are needed to show a place. */
  need({ branch, at, row }: Place<Row>, order: { sort?: string; reverse?: boolean }): void {
    if (at !== undefined && row === undefined) void this.#fetch(branch, Math.floor(at / PAGE), order);
    if (branch.total === undefined) void this.#fetch(branch, 0, order);
  }

  async #fetch(branch: Branch<Row>, page: number, order: { sort?: string; reverse?: boolean }): Promise<void> {
    if (branch.pending.has(page) || branch.error !== undefined) return;
    const controller = new AbortController();
    branch.pending.set(page, controller);
    const { signal } = controller;
    const root = this.#root;
    const offset = page * PAGE;
    try {
      const answer = await this.#ask(branch.row, { offset, limit: PAGE, ...order, signal });
      branch.pending.delete(page);
      if (root !== this.#root || signal.aborted) return;
      branch.add(answer, offset);
    } catch (error) {
      if (root !== this.#root || signal.aborted) return;
      branch.pending.delete(page);
      branch.error = error;
      branch.total ??= 0;
    }
    this.#onChange();
  }

  /** Cancels the fetching of pages that are not among `places`. */
  giveUp(places: Place<Row>[] = [], branch = this.#root): void {
    for (const [page, controller] of branch.pending) {
      if (places.some((place) => place.branch === branch && Math.floor((place.at ?? 0) / PAGE) === page)) continue;
      branch.pending.delete(page);
      controller.abort();
    }
    for (const below of branch.opened) this.giveUp(places, below);
  }
}
