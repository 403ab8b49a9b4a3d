// Formats numbers and names as Chrome DevTools and the command line do.

import { h } from './dom.js';

const MINUS = '\u2212';

export interface Format {
  integer(value: number): string;
  /** With a sign for growth, too. */
  signed(value: number): string;
  /** Kilobytes, as in the tables of DevTools: `12.3 kB`, `1,234 kB`. */
  size(bytes: number): string;
  signedSize(bytes: number): string;
  /** In the largest unit in which the number is at least 1: `1.2 MB`. */
  bytes(bytes: number): string;
  signedBytes(bytes: number): string;
  percent(part: number, whole: number): string;
  /** A dash if the object is not reachable from the roots of the program. */
  distance(value: number | null): string;
  time(iso: string): string;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatFor(language: string): Format {
  const digits = (value: number, fraction = 0) =>
    (value < 0 ? MINUS : '') +
    Math.abs(value).toLocaleString(language, { minimumFractionDigits: fraction, maximumFractionDigits: fraction });
  const withSign = (value: number, text: string) => (value > 0 ? `+${text}` : text);
  const size = (value: number) => `${digits(value / 1000, Math.abs(value) < 100_000 ? 1 : 0)} kB`;
  const bytes = (value: number) => {
    let unit = 0;
    let rest = value;
    for (; Math.abs(rest) >= 1000 && unit < UNITS.length - 1; unit++) rest /= 1000;
    return `${digits(rest, unit > 0 && Math.abs(rest) < 100 ? 1 : 0)} ${UNITS[unit]}`;
  };
  return {
    integer: (value) => digits(value),
    signed: (value) => withSign(value, digits(value)),
    size,
    signedSize: (value) => withSign(value, size(value)),
    bytes,
    signedBytes: (value) => withSign(value, bytes(value)),
    percent: (part, whole) => (whole > 0 ? `${digits((part / whole) * 100)}\u00a0%` : ''),
    distance: (value) => (value === null ? MINUS : digits(value)),
    time: (iso) => new Date(iso).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium' }),
  };
}

const ESCAPES: Record<string, string> = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' };

/** Returns one line without control characters, direction marks or lone surrogates. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => ESCAPES[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** The text for an empty name, in the form that V8 uses. */
const NAMELESS = '(anonymous)';

/** Maximum lengths of a name in a table, and in its tooltip. */
const SHORT = 300;
const LONG = 4000;

export function shorten(text: string, maxLength = SHORT): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}\u2026`;
}

/** Returns a short name on one line, as text for a place that cannot contain an element. */
export function brief(text: string, maxLength = 80): string {
  return printable(shorten(text, maxLength)) || NAMELESS;
}

/** Returns a name from a snapshot, shortened to the length that a cell can show. The tooltip has up to some kilobytes of it. */
export function name(text: string, className?: string): HTMLElement {
  const whole = printable(shorten(text, LONG)) || NAMELESS;
  return h('span', { class: className ? `name ${className}` : 'name', title: whole }, shorten(whole));
}

const STRINGS = new Set(['string', 'concatenated string', 'sliced string']);

/** Returns the label of an object: its name and id. Strings are in quotes, or dots if their contents are hidden. */
export function object(row: { id: number; name: string; type: string }, showsValues: boolean): HTMLElement {
  const isString = STRINGS.has(row.type);
  const text = isString ? (showsValues ? JSON.stringify(shorten(row.name, LONG)) : '"\u2026"') : row.name || `(${row.type})`;
  return h('span', { class: 'object' }, name(text, isString ? 'string' : undefined), h('span', { class: 'id' }, ` @${row.id}`));
}
