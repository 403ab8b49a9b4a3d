// Draws pictures. Writes only the lines that differ from the previous picture.

import ansi from 'ansi-escapes';
import type { Line, Picture } from './layout.js';
import type { Size, Tone } from './screen.js';
import { clean } from './text.js';

const ESC = '\u001b[';
const RESET = `${ESC}0m`;
const REVERSE = `${ESC}7m`;

/** Numbers of https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const STYLES: Record<Tone, { weight?: number; colour?: number }> = {
  plain: {},
  selected: { weight: 7 },
  dim: { weight: 2 },
  strong: { weight: 1 },
  edge: { colour: 36 },
  string: { colour: 33 },
  bad: { weight: 1, colour: 31 },
  good: { colour: 32 },
  warn: { colour: 33 },
};

export class Painter {
  #drawn: string[] = [];
  #write: (text: string) => void;
  #isColoured: boolean;

  constructor(write: (text: string) => void, isColoured: boolean) {
    this.#write = write;
    this.#isColoured = isColoured;
  }

  /** Forgets the previous picture, after a resize or when another program has drawn. */
  forget(): void {
    this.#drawn = [];
  }

  draw({ lines, cursor }: Picture, { columns }: Size): void {
    const isNew = this.#drawn.length !== lines.length;
    const parts: string[] = isNew ? [ansi.eraseScreen] : [];
    const drawn = lines.map((line, row) => this.#line(line, row, columns));
    drawn.forEach((text, row) => {
      if (isNew || text !== this.#drawn[row]) parts.push(text);
    });
    this.#drawn = drawn;
    parts.push(cursor ? ansi.cursorTo(cursor.column, cursor.row) + ansi.cursorShow : ansi.cursorHide);
    // Terminals that support synchronized output show all lines at once. Others ignore it.
    this.#write(ansi.beginSynchronizedOutput + parts.join('') + ansi.endSynchronizedOutput);
  }

  /** Returns the control sequences that draw a line. */
  #line({ pieces, isSelected }: Line, row: number, columns: number): string {
    const base = RESET + (isSelected ? REVERSE : '');
    const texts = pieces
      .filter(({ text, at }) => text && at < columns)
      .map(({ at, text, tone }) => {
        const { weight, colour } = STYLES[tone ?? 'plain'];
        // Dim and colours are hard to read in reverse.
        const codes = isSelected ? [weight === 2 ? undefined : weight] : [weight, this.#isColoured ? colour : undefined];
        const style = codes.map((code) => (code === undefined ? '' : `${ESC}${code}m`)).join('');
        return ansi.cursorTo(at, row) + base + style + clean(text);
      });
    return ansi.cursorTo(0, row) + RESET + ansi.eraseLine + (isSelected ? base + ' '.repeat(columns) : '') + texts.join('') + RESET;
  }
}
