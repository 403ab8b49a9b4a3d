'use strict';
// Renders the messages of findings from the engine's catalogues, for the page and the terminal. The engine itself renders them for
// the API and the command line (crates/findings/src/message). Tests of both run the cases of
// crates/findings/src/message/cases.json.

/** Catalogues by language, loaded at first use. */
const CATALOGUES = {
  en: () => require('../crates/findings/messages/en.json'),
  zh: () => require('../crates/findings/messages/zh.json'),
};

/** Maximum nesting of messages and lists. Those of the engine have a few levels. */
const MAX_DEPTH = 16;

/** Cache of parsed texts. */
const parsed = new Map();

/**
 * Parses a text such as `{count:integer} timers[ of {owner:code}]` into literals, arguments, and nested lists for optional parts.
 */
function parse(text) {
  let pieces = parsed.get(text);
  if (pieces === undefined) {
    pieces = piecesOf(text.split(/(\{[^}]*\}|\[|\])/).values());
    parsed.set(text, pieces);
  }
  return pieces;
}

/** Parses up to the end of the text, or up to the bracket that ends an optional part. */
function piecesOf(tokens) {
  const pieces = [];
  for (let next = tokens.next(); !next.done && next.value !== ']'; next = tokens.next()) {
    const token = next.value;
    if (token === '[') {
      pieces.push(piecesOf(tokens));
    } else if (token.startsWith('{')) {
      const [name, how = ''] = token.slice(1, -1).split(':');
      const [kind, join = 'and'] = how.split(',');
      pieces.push({ name, kind, join });
    } else if (token !== '') {
      pieces.push(token);
    }
  }
  return pieces;
}

/**
 * Renders consecutive sentences.
 *
 * @param {'en' | 'zh'} language
 * @param {import('./analysis/findings.js').FindingMessage[]} messages
 * @returns {string} with the id in place of a message that has no text in the catalogue
 */
function render(language, messages) {
  return sentences(CATALOGUES[language](), messages);
}

/**
 * The same with texts of another catalogue, joined as findings are.
 * @param {'en' | 'zh'} language
 * @param {Record<string, string>} texts by id
 * @param {import('./analysis/findings.js').FindingMessage[]} messages
 */
function renderFrom(language, texts, messages) {
  return sentences({ ...CATALOGUES[language](), messages: texts }, messages);
}

function sentences(catalogue, messages) {
  return messages.map((one) => textOf(catalogue, one, 0)).join(catalogue.separators.sentence);
}

function textOf(catalogue, message, depth) {
  const text = own(catalogue.messages, message.id);
  if (text === undefined || depth > MAX_DEPTH) return message.id;
  return fill(catalogue, parse(text), message, depth).text;
}

/** Fills in arguments. `isWhole`: all arguments outside of optional parts were given. */
function fill(catalogue, pieces, message, depth) {
  let text = '';
  let isWhole = true;
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text = joined(text, piece);
    } else if (Array.isArray(piece)) {
      const inside = fill(catalogue, piece, message, depth);
      if (inside.isWhole) text = joined(text, inside.text);
    } else {
      const value = own(message.args, piece.name);
      if (value === undefined) isWhole = false;
      else text = joined(text, valueOf(catalogue, value, piece, depth + 1));
    }
  }
  return { text, isWhole };
}

function valueOf(catalogue, value, { kind, join }, depth) {
  if (Array.isArray(value)) {
    const items = depth > MAX_DEPTH ? [] : value.map((item) => valueOf(catalogue, item, { kind, join }, depth + 1));
    return list(catalogue, items, join);
  }
  if (typeof value === 'object') return textOf(catalogue, value, depth);
  if (typeof value === 'number') return kind === 'integer' ? integer(value) : kind === 'bytes' ? bytes(value) : String(value);
  if (kind === 'code') return `\`${value}\``;
  if (kind === 'article') return `${hasVowel(value) ? 'an' : 'a'} ${value}`;
  // A word of the catalogue, or else a class of the program.
  return (kind === 'word' ? own(catalogue.messages, `word.${value}`) : undefined) ?? value;
}

function list({ separators }, items, join) {
  const [between, last] =
    join === 'arrow' ? [' \u2192 ', ' \u2192 '] : [separators[join === 'and' ? 'comma' : join], separators[join]];
  return items.reduce((text, item, at) => joined(at === 0 ? '' : joined(text, at === items.length - 1 ? last : between), item), '');
}

const HAN = /[\u4e00-\u9fff]/;

/** Joins two pieces. Puts a space between Chinese characters and Latin letters, code or parentheses. */
function joined(before, after) {
  const [left, right] = [before.slice(-1), after.slice(0, 1)];
  const isApart = (HAN.test(left) && /[\w$`(]/.test(right)) || (/[\w$`)]/.test(left) && HAN.test(right));
  return isApart ? `${before} ${after}` : before + after;
}

/** Returns an own property: names of arguments can be anything, including `constructor`. */
function own(from, name) {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

function integer(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Formats a size in the largest fitting unit. A kilobyte is 1000 bytes. */
function bytes(value) {
  if (value < 1000) return `${value} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let rest = value / 1000;
  let unit = 0;
  for (; rest >= 1000 && unit < units.length - 1; unit++) rest /= 1000;
  return `${fixed(rest, rest < 100 ? 1 : 0)} ${units[unit]}`;
}

/** Rounds ties to even, as the engine does. */
function fixed(value, digits) {
  const doubled = value * 2 * 10 ** digits;
  const isTie = Number.isInteger(value * 4) && doubled % 2 === 1;
  const lower = (doubled - 1) / 2;
  return (isTie ? (lower + (lower % 2)) / 10 ** digits : value).toFixed(digits);
}

/** Returns whether the name of a class starts with a vowel sound: an AbortSignal, an HTTPParser, but a URL. */
function hasVowel(name) {
  const [first = '', second = ''] = name;
  const isUpper = (character) => /\p{Uppercase}/u.test(character);
  if (isUpper(first) && isUpper(second)) return /[AEFHILMNORSX]/.test(first);
  if (/u/i.test(first) && /[snt]/.test(second)) return false;
  return /[aeiou]/i.test(first);
}

module.exports = { render, renderFrom };
