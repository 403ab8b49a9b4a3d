// The rows of a table: a tree of lists, of which pages are fetched when they come into sight.

import { TreeRows } from '../../../../lib/tree-rows.js';

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

/** Asks for rows below `parent`; of the top level without one. */
export type Ask<Row> = (parent: Row | undefined, window: Window) => Promise<Page<Row>>;

const PAGE = 100;

/** Browsers draw no element that is higher than some ten million pixels. */
const MOST_ROWS = 500_000;

/** The rows below one row. */
export class Branch<Row> extends TreeRows<Branch<Row>> {
  total: number | undefined;
  /** Rows that can be had. */
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

  /** A line that says what is not there: rows that are on their way, that were left out, or none. */
  get hasNote(): boolean {
    return this.total === undefined || this.error !== undefined || this.available < this.total || this.total === 0;
  }

  override get ownLength(): number {
    return this.available + (this.hasNote ? 1 : 0);
  }

  /** Takes in the rows of a page. */
  add({ total, rows }: Page<Row>, offset: number): void {
    rows.forEach((row, i) => this.rows.set(offset + i, row));
    const isFirst = this.total === undefined;
    this.total = total;
    if (rows.length < PAGE) this.available = Math.min(offset + rows.length, MOST_ROWS);
    else if (isFirst) this.available = Math.min(total, MOST_ROWS);
  }
}

export interface Place<Row> {
  branch: Branch<Row>;
  /** `undefined`: the note at the end. */
  at: number | undefined;
  /** `undefined` too while it is on its way. */
  row: Row | undefined;
}

export class TableModel<Row> {
  readonly #ask: Ask<Row>;
  readonly #onChange: () => void;
  #root = new Branch<Row>();

  /** @param onChange is called when rows have come, or an error */
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

  /** What is on a line. */
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

  /** Fetches what a place needs to be shown. */
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

  /** Gives up the pages that are not among `places`. */
  giveUp(places: Place<Row>[] = [], branch = this.#root): void {
    for (const [page, controller] of branch.pending) {
      if (places.some((place) => place.branch === branch && Math.floor((place.at ?? 0) / PAGE) === page)) continue;
      branch.pending.delete(page);
      controller.abort();
    }
    for (const below of branch.opened) this.giveUp(places, below);
  }
}
