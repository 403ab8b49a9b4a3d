// Measures, cuts and wraps texts on a grid of cells.

import { eastAsianWidth } from 'get-east-asian-width';
import type { Piece } from './screen.js';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Control characters, direction marks and lone surrogates. A terminal would execute them instead of showing them. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Replaces each unsafe character by a safe one of the same width. The last check before a text reaches the terminal. */
export function clean(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}

/** Returns the width of a grapheme in cells: that of its widest character. */
function widthOf(grapheme: string): number {
  let max = 0;
  for (const character of grapheme) {
    if (/^\p{M}$/u.test(character)) continue;
    max = Math.max(max, eastAsianWidth(character.codePointAt(0)!));
  }
  return max;
}

/** Returns the width of a text in cells. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += widthOf(segment);
  return cells;
}

/** Cuts a text to a width. An ellipsis marks the cut. */
export function cut(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  let taken = '';
  let left = cells - 1;
  if (left < 0) return '';
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    taken += segment;
  }
  return `${taken}\u2026`;
}

/** Shortens pieces to fit into `cells`. The last one, an id, stays whole; the pieces before it are shortened. */
export function fit(pieces: Piece[], cells: number): Piece[] {
  const shrunk = pieces.map((piece) => ({ ...piece }));
  let spare = cells - shrunk.reduce((sum, { text }) => sum + width(text), 0);
  const end = shrunk.length - 1;
  for (let at = end - 1; at >= 0 && spare < 0; at -= 1) {
    const piece = shrunk[at]!;
    const before = width(piece.text);
    piece.text = cut(piece.text, Math.max(Math.min(before, 8), before + spare));
    spare += before - width(piece.text);
  }
  const fitting: Piece[] = [];
  let left = cells;
  for (const { text, tone } of shrunk) {
    const shown = cut(text, left);
    left -= width(shown);
    fitting.push({ text: shown, tone });
  }
  return fitting;
}

/** Breaks a paragraph into lines: between words, between wide characters, and inside a word that is longer than a line. */
export function wrap(pieces: Piece[], cells: number): Piece[][] {
  const lines: Piece[][] = [[]];
  let left = cells;
  const put = (text: string, tone: Piece['tone']) => {
    const line = lines.at(-1)!;
    const last = line.at(-1);
    if (last && last.tone === tone) last.text += text;
    else line.push({ text, tone });
    left -= width(text);
  };
  const startLine = () => {
    lines.push([]);
    left = cells;
  };
  for (const { text, tone } of pieces) {
    for (const [word] of text.matchAll(/\s+|[\u2e80-\uffef]|[^\s\u2e80-\uffef]+/gu)) {
      if (/^\s/.test(word)) {
        if (left > 0 && left < cells) put(' ', tone);
      } else if (width(word) <= left) {
        put(word, tone);
      } else {
        if (left < cells) startLine();
        for (const { segment } of graphemes.segment(word)) {
          if (widthOf(segment) > left) startLine();
          put(segment, tone);
        }
      }
    }
  }
  return lines;
}
