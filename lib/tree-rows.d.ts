// The lines of a tree of lists. Not a part of the API: the page uses it. tree-rows.js has the comments.

export class TreeRows<Self extends TreeRows<Self>> {
  readonly parent: Self | undefined;
  readonly at: number;
  readonly depth: number;
  constructor(parent?: Self, at?: number);
  get ownLength(): number;
  get length(): number;
  get opened(): readonly Self[];
  below(at: number): Self | undefined;
  open(list: Self): void;
  close(at: number): void;
  locate(line: number): { branch: Self; at: number };
  lineOf(at: number): number;
}
