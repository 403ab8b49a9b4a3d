// Renders sentences of findings, in which names are between backticks, and places are in parentheses at the end.

import { h, type Child } from './dom.js';
import { printable, shorten } from './format.js';

/** Returns a sentence with its names as code. */
export function prose(text: string): Child[] {
  return printable(shorten(text, 4000))
    .split('`')
    .map((part, i) => (i % 2 === 1 ? h('code', { title: part }, shorten(part, 120)) : part));
}

/** Splits `name (file:line:column)` into name and place. */
export function splitPlace(text: string): { what: string; place: string | undefined } {
  const found = /^(.*) \(([^()]+:\d+:\d+)\)$/s.exec(text);
  return found ? { what: found[1]!, place: found[2]! } : { what: text, place: undefined };
}

/** Returns a place in the source. If it is too long, its beginning is hidden, because the end is more important. */
export function place(text: string): HTMLElement {
  const whole = printable(shorten(text, 4000));
  const at = Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1;
  return h(
    'span',
    { class: 'place', title: whole },
    h('span', { class: 'folder' }, whole.slice(0, at)),
    h('span', { class: 'file' }, whole.slice(at)),
  );
}
