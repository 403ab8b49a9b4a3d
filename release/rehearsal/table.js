'use strict';
// The results of the checks, as a table.

class Results {
  #rows = new Map();
  #failures = [];

  /** Runs a check and notes whether it passed. Prints why it did not. A check resolves to `'skipped'` if it does not apply. */
  async note(row, column, check) {
    const cells = this.#rows.get(row) ?? new Map();
    this.#rows.set(row, cells);
    try {
      cells.set(column, (await check()) ?? 'ok');
    } catch (error) {
      cells.set(column, 'FAILED');
      this.#failures.push(`${row}, ${column}`);
      console.error(`\n${row}, ${column}: ${error.message}\n`);
    }
    return cells.get(column) !== 'FAILED';
  }

  get failures() {
    return this.#failures;
  }

  /** Returns a table as text: a line each row, a column each check. */
  toString() {
    const columns = [...new Set([...this.#rows.values()].flatMap((cells) => [...cells.keys()]))];
    const lines = [
      ['', ...columns],
      ...[...this.#rows].map(([row, cells]) => [row, ...columns.map((column) => cells.get(column) ?? '')]),
    ];
    const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
    return lines
      .map((line) =>
        line
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd(),
      )
      .join('\n');
  }
}

module.exports = { Results };
