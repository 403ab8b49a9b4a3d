// The keys of a table, as in the tree grids of the WAI-ARIA practices.

/** The row with the focus. */
export interface Focus {
  line: number;
  /** Lines of the table, and of a page of it. */
  count: number;
  page: number;
  /** Whether the row is open. */
  isOpen: boolean;
  /** The line of the row that this one is below. */
  parent: number | undefined;
}

export interface Actions {
  move(line: number): void;
  /** Opens the row, or closes it; without `isOpen` it toggles. */
  toggle(line: number, isOpen?: boolean): void;
}

/** Returns the action of a key; `undefined` if the table does not handle it. */
export function actionOf(key: string, { line, count, page, isOpen, parent }: Focus, actions: Actions): (() => void) | undefined {
  const keys: Record<string, () => void> = {
    ArrowDown: () => actions.move(line + 1),
    ArrowUp: () => actions.move(line - 1),
    PageDown: () => actions.move(line + page),
    PageUp: () => actions.move(line - page),
    Home: () => actions.move(0),
    End: () => actions.move(count - 1),
    ArrowRight: () => (isOpen ? actions.move(line + 1) : actions.toggle(line, true)),
    ArrowLeft: () => {
      if (isOpen) actions.toggle(line, false);
      else if (parent !== undefined) actions.move(parent);
    },
    Enter: () => actions.toggle(line),
    ' ': () => actions.toggle(line),
  };
  return keys[key];
}
