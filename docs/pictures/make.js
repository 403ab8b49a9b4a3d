'use strict';
// Draws the pictures of reading-the-numbers.md, whose numbers are computed, of costs.md, and of ARCHITECTURE.md:
// `node docs/pictures/make.js`.

const fs = require('node:fs');
const path = require('node:path');
const { drawAnalysis } = require('./analysis.js');
const { drawArchitecture } = require('./architecture.js');

/** name -> column and row of the picture, bytes of its own, what it refers to */
const OBJECTS = {
  root: { at: [0, 1], bytes: 0, to: ['app'] },
  app: { at: [1, 1], bytes: 40, to: ['cache', 'latest'] },
  cache: { at: [2, 0], bytes: 100, to: ['order 1', 'order 2'] },
  latest: { at: [2, 2], bytes: 24, to: ['order 2'] },
  'order 1': { at: [3, 0], bytes: 48, to: ['lines'] },
  'order 2': { at: [3, 2], bytes: 48, to: ['note'] },
  lines: { at: [4, 0], bytes: 160, to: [] },
  note: { at: [4, 2], bytes: 32, to: [] },
};

const COLUMN = 132;
const ROW = 62;
const BOX = [104, 44];
const MARGIN = 14;

/** Objects that can be reached from the root -> references on the shortest path that does not pass `gone`. */
function distances(gone) {
  const found = new Map([['root', 0]]);
  for (const [name, distance] of found) {
    for (const next of OBJECTS[name].to) if (next !== gone && !found.has(next)) found.set(next, distance + 1);
  }
  return found;
}

/** Bytes that are freed with `name`: its own, and those of what cannot be reached without it. */
function retainedBytes(name) {
  const left = name === 'root' ? new Map() : distances(name);
  return Object.keys(OBJECTS)
    .filter((other) => !left.has(other))
    .reduce((sum, other) => sum + OBJECTS[other].bytes, 0);
}

const PICTURES = {
  'distance.svg': { note: (name) => `distance ${distances().get(name)}`, marked: () => false },
  'retained-size.svg': {
    note: (name) => `${OBJECTS[name].bytes} / ${retainedBytes(name)}`,
    // Objects that are freed with the cache.
    marked: (name) => !distances('cache').has(name),
  },
};

function draw({ note, marked }) {
  const corner = ([column, row]) => [MARGIN + column * COLUMN, MARGIN + row * ROW];
  const [width, height] = BOX;
  const arrows = Object.values(OBJECTS).flatMap(({ at, to }) =>
    to.map((target) => {
      const [x1, y1] = corner(at);
      const [x2, y2] = corner(OBJECTS[target].at);
      return `<line x1="${x1 + width}" y1="${y1 + height / 2}" x2="${x2 - 5}" y2="${y2 + height / 2}"/>`;
    }),
  );
  const boxes = Object.entries(OBJECTS).map(([name, { at }]) => {
    const [x, y] = corner(at);
    return (
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${marked(name) ? '#fdd9b5' : '#eef2f7'}"/>` +
      `<text x="${x + width / 2}" y="${y + 19}" font-weight="bold">${name}</text>` +
      `<text x="${x + width / 2}" y="${y + 35}">${note(name)}</text>`
    );
  });
  const size = [2 * MARGIN + 4 * COLUMN + width, 2 * MARGIN + 2 * ROW + height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" height="${size[1]}" font-family="sans-serif" font-size="12" text-anchor="middle">`,
    '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L6 3L0 6z" fill="#556"/></marker></defs>',
    '<rect width="100%" height="100%" fill="white"/>',
    `<g stroke="#556">${arrows.map((arrow) => arrow.replace('/>', ' marker-end="url(#tip)"/>')).join('')}</g>`,
    `<g>${boxes.join('\n')}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

/** file name -> content */
const pictures = {
  ...Object.fromEntries(Object.entries(PICTURES).map(([file, picture]) => [file, draw(picture)])),
  'analysis.svg': drawAnalysis(),
  'architecture.svg': drawArchitecture(),
};

if (require.main === module) {
  for (const [file, content] of Object.entries(pictures)) fs.writeFileSync(path.join(__dirname, file), content);
}

module.exports = { distances, pictures, retainedBytes };
