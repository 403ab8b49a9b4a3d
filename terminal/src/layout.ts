// Lays out a screen on the grid of the terminal: lines of texts at their columns.

import type { Column, Piece, Row, Screen, Size, Tone } from './screen.js';
import { cut, fit, width, wrap } from './text.js';

/** A text at a column. Each has its own position, so that a text whose width was misjudged does not move the others. */
export interface Placed {
  at: number;
  text: string;
  tone?: Tone;
}

export interface Line {
  pieces: Placed[];
  isSelected?: boolean;
}

export interface Picture {
  lines: Line[];
  /** The position of the input. */
  cursor?: { column: number; row: number };
}

const GAP = 2;
/** Minimum width of the first column. Optional columns are left out for it. */
const MIN_FIRST_WIDTH = 24;
const INDENT = 2;
/** Minimum width of the name of a view. A narrower one is left out, because it would not be recognisable. */
const MIN_NAME_WIDTH = 4;
/** Maximum indentation of a row. */
const MAX_INDENT = 16;

const place = (at: number, pieces: Piece[]): Placed[] => {
  let column = at;
  return pieces.map(({ text, tone }) => {
    const placed = { at: column, text, tone };
    column += width(text);
    return placed;
  });
};

const line = (at: number, pieces: Piece[], cells: number): Line => ({ pieces: place(at, fit(pieces, Math.max(0, cells - at))) });

/** Returns a line with a text at each end. */
function ends(left: Piece[], right: string, columns: number): Line {
  const end = cut(right, columns);
  const room = columns - width(end) - (end ? GAP : 0);
  return { pieces: [...place(0, fit(left, Math.max(0, room))), { at: columns - width(end), text: end, tone: 'dim' }] };
}

interface Grid {
  columns: Array<Column & { at: number; width: number }>;
  first: number;
}

/** Returns the columns with their widths: each as wide as its content. The first one takes the rest. */
function grid(columns: Column[], rows: Row[], total: number): Grid {
  const title = ({ title: text, sorted }: Column) => width(text) + (sorted ? 2 : 0);
  const measured = columns
    .filter(({ isFirst }) => !isFirst)
    .map((column) => ({
      ...column,
      at: 0,
      width: rows.reduce(
        (max, { values }) => Math.max(max, width(values[column.name] ?? '')),
        Math.max(column.minWidth ?? 0, title(column)),
      ),
    }))
    .filter((column) => column.width > 0);
  const rest = () => total - measured.reduce((sum, column) => sum + column.width + GAP, 0);
  for (let at = measured.length - 1; at >= 0 && rest() < MIN_FIRST_WIDTH; at -= 1) {
    if (measured[at]!.isOptional) measured.splice(at, 1);
  }
  // Then leaves out columns from the left, because the last columns are the most important ones.
  while (measured.length > 1 && rest() < MIN_FIRST_WIDTH / 2) measured.shift();
  const first = Math.max(0, rest());
  let at = first;
  for (const column of measured) {
    column.at = at + GAP;
    at += GAP + column.width;
  }
  return { columns: measured, first };
}

function cell(text: string, column: { at: number; width: number; align?: 'right' }, tone?: Tone): Placed {
  const shown = cut(text, column.width);
  return { at: column.align === 'right' ? column.at + column.width - width(shown) : column.at, text: shown, tone };
}

function header(columns: Column[], { columns: measured, first }: Grid): Line {
  const titled = ({ title, sorted }: Column) => (sorted ? `${title} ${sorted === 'reverse' ? '\u25b2' : '\u25bc'}` : title);
  const [head] = columns.filter(({ isFirst }) => isFirst);
  return {
    pieces: [
      { at: 0, text: cut(head ? titled(head) : '', first), tone: 'strong' },
      ...measured.map((column) => cell(titled(column), column, 'strong')),
    ],
  };
}

function row({ depth, marker, label, values, tones, isSelected }: Row, { columns, first }: Grid): Line {
  const indent = Math.min(depth * INDENT, MAX_INDENT, Math.max(0, first - MIN_FIRST_WIDTH));
  return {
    isSelected,
    pieces: [
      { at: indent, text: marker, tone: 'dim' },
      ...place(indent + 2, fit(label, Math.max(0, first - indent - 2))),
      ...columns.map((column) => cell(values[column.name] ?? '', column, tones?.[column.name])),
    ],
  };
}

/** Returns the views and their keys. If not all names fit, those of the other views are shortened or left out. */
function tabs(views: NonNullable<Screen['views']>, columns: number): Line {
  const frame = 3; // a key between two spaces
  const shown = views.find(({ isShown }) => isShown);
  const others = views.filter(({ isShown }) => !isShown).map(({ name }) => width(name));
  const room = columns - views.length * frame - width(shown?.name ?? '');
  let maxWidth = Math.max(...others, 0);
  while (maxWidth > 0 && others.reduce((sum, one) => sum + Math.min(one, maxWidth), 0) > room) maxWidth -= 1;
  const pieces = views.flatMap(({ key, name, isShown }): Piece[] =>
    isShown
      ? [
          { text: ` ${key} `, tone: 'dim' },
          { text: name, tone: 'selected' },
        ]
      : [{ text: ` ${key} `, tone: 'dim' }, { text: maxWidth < MIN_NAME_WIDTH ? '' : cut(name, maxWidth) }],
  );
  return line(0, pieces, columns);
}

/** Returns the lines between the title and the last line. */
function body(screen: Screen, { columns, rows }: Size): Line[] {
  if (screen.help) {
    const { title, keys } = screen.help;
    const wide = Math.max(...keys.map(([key]) => width(key)));
    return [
      { pieces: [] },
      line(0, [{ text: title, tone: 'strong' }, { text: '' }], columns),
      { pieces: [] },
      ...keys.map(([key, about]) => ({
        pieces: [
          { at: 2, text: key, tone: 'edge' as const },
          ...place(wide + 5, fit([{ text: about }], Math.max(0, columns - wide - 5))),
        ],
      })),
    ];
  }
  if (screen.progress) {
    const { file, stage, share, text } = screen.progress;
    const bar = Math.max(0, Math.min(40, columns - 8));
    const full = Math.round(bar * Math.max(0, Math.min(1, share)));
    const top = Math.max(0, Math.floor(rows / 2) - 3);
    return [
      ...Array.from({ length: top }, () => ({ pieces: [] })),
      line(2, [{ text: file, tone: 'strong' }, { text: '' }], columns),
      line(
        2,
        [
          { text: '\u2588'.repeat(full), tone: 'edge' },
          { text: '\u2591'.repeat(bar - full), tone: 'dim' },
        ],
        columns,
      ),
      line(2, [{ text: stage }, { text: `  ${text}`, tone: 'dim' }], columns),
    ];
  }
  const { views = [], heading = [], columns: all = [], rows: shown = [], lines = 0, detail } = screen;
  const measured = grid(all, shown, columns);
  const table = shown.map((one) => row(one, measured));
  while (table.length < lines) table.push({ pieces: [] });
  const text = detail
    ? [
        { pieces: [{ at: 0, text: '\u2500'.repeat(columns), tone: 'dim' as const }] },
        ...detail.paragraphs
          .flatMap((paragraph) => wrap(paragraph, columns - 2))
          .slice(0, detail.lines)
          .map((one) => ({ pieces: place(1, one) })),
      ]
    : [];
  return [tabs(views, columns), line(0, heading, columns), header(all, measured), ...table, ...text];
}

function lastLine({ prompt, foot, position = '' }: Screen, columns: number): { line: Line; column?: number } {
  if (!prompt) return { line: ends([{ text: foot, tone: 'dim' }, { text: '' }], position, columns) };
  const label = `${prompt.label}: `;
  // Shows the end of the input.
  let typed = prompt.text;
  while (typed && width(label) + width(typed) > columns - 1) typed = [...typed].slice(1).join('');
  const column = width(label) + width(typed);
  const room = columns - column - 4;
  const keys = width(prompt.keys) <= room ? [{ at: column + 4, text: prompt.keys, tone: 'dim' as const }] : [];
  return { line: { pieces: [{ at: 0, text: label, tone: 'strong' }, { at: width(label), text: typed }, ...keys] }, column };
}

/** Lays out a screen: one line for each row of the terminal, none longer than its columns. */
export function layout(screen: Screen, size: Size): Picture {
  const { columns, rows } = size;
  const title = ends([{ text: screen.title.left, tone: 'strong' }, { text: '' }], screen.title.right, columns);
  const { line: foot, column } = lastLine(screen, columns);
  const between = body(screen, size).slice(0, Math.max(0, rows - 2));
  while (between.length < rows - 2) between.push({ pieces: [] });
  const lines = [title, ...between, foot].slice(-rows);
  return { lines, cursor: column === undefined ? undefined : { column, row: rows - 1 } };
}
