'use strict';
// Draws the picture of ARCHITECTURE.md. `make.js` writes it, and a test compares it with the committed file.

const COLUMN = 60;
const BAND = 108;
const BOX = { height: 62, gap: 10 };
const LABEL = 20;
const MARGIN = 14;

/** The layers from top to bottom. A box takes columns `from` to `to` of 16, and has a title and lines of text. */
const BANDS = [
  {
    label: 'what users see',
    color: '#eef2f7',
    boxes: {
      page: { from: 0, to: 4, title: 'web/', lines: ['page of report and view'] },
      terminal: { from: 4, to: 7, title: 'terminal/', lines: ['draws the explorer'] },
      cli: { from: 7, to: 11, title: 'bin/, lib/cli/', lines: ['command line, explorer'] },
      index: { from: 11, to: 16, title: 'index.js', lines: ['public API; checks arguments'] },
    },
  },
  {
    label: 'JavaScript',
    color: '#fdf1dc',
    boxes: {
      view: { from: 0, to: 3, title: 'lib/view/', lines: ['loopback server'] },
      report: { from: 3, to: 6, title: 'lib/report/', lines: ['data of a report'] },
      analysis: { from: 6, to: 9, title: 'lib/analysis/', lines: ['queries'] },
      expect: { from: 9, to: 12, title: 'lib/expect-no-leak/', lines: ['test assertion'] },
      capture: { from: 12, to: 16, title: 'lib/capture/', lines: ['when and how to dump'] },
    },
  },
  {
    label: 'addon: the only code with Node-API, V8 and libuv',
    color: '#e3f1e3',
    boxes: {
      api: { from: 4, to: 9, title: 'src/api, query, objects, task', lines: ['queries on the thread pool'] },
      native: { from: 11, to: 16, title: 'src/capture', lines: ['signal, interrupt, fork, inspector text'] },
    },
  },
  {
    label: 'Rust without Node',
    color: '#e8e4f5',
    boxes: {
      findings: { from: 0, to: 4, title: 'crates/findings', lines: ['what leaks: a file a rule'] },
      engine: { from: 5, to: 10, title: 'crates/heapsnapshot', lines: ['parser, graph, algorithms, reports'] },
      pipeline: { from: 11, to: 16, title: 'crates/capture', lines: ['queue, redaction, check, encoder, file'] },
    },
  },
];

/** Calls and data, from box to box. */
const ARROWS = [
  ['page', 'view'],
  ['cli', 'terminal'],
  ['cli', 'report'],
  ['cli', 'analysis'],
  ['index', 'analysis'],
  ['index', 'expect'],
  ['index', 'capture'],
  ['view', 'report'],
  ['report', 'analysis'],
  ['expect', 'analysis'],
  ['expect', 'capture'],
  ['analysis', 'api'],
  ['capture', 'native'],
  ['api', 'findings'],
  ['api', 'engine'],
  ['findings', 'engine'],
  ['native', 'pipeline'],
  ['pipeline', 'engine'],
];

/** Where each box is: name -> { x, y, width, height, band } */
const PLACES = Object.fromEntries(
  BANDS.flatMap(({ boxes }, band) =>
    Object.entries(boxes).map(([name, { from, to }]) => [
      name,
      {
        band,
        x: MARGIN + from * COLUMN + BOX.gap / 2,
        y: MARGIN + band * BAND + LABEL,
        width: (to - from) * COLUMN - BOX.gap,
        height: BOX.height,
      },
    ]),
  ),
);

/** A line between the facing sides of two boxes; the marker takes the last pixels. */
function arrow([from, to]) {
  const [a, b] = [PLACES[from], PLACES[to]];
  const centre = ({ x, width }) => x + width / 2;
  if (a.band === b.band) {
    const y = a.y + a.height / 2;
    return a.x < b.x ? line(a.x + a.width, y, b.x, y) : line(a.x, y, b.x + b.width, y);
  }
  // As near to vertical as the widths of both allow.
  const inside = (x, { x: left, width }) => Math.min(Math.max(x, left + 16), left + width - 16);
  const x1 = inside(centre(b), a);
  return line(x1, a.y + a.height, inside(x1, b), b.y);
}

const line = (x1, y1, x2, y2) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" marker-end="url(#tip)"/>`;

function drawArchitecture() {
  const [width, height] = [2 * MARGIN + 16 * COLUMN, 2 * MARGIN + BANDS.length * BAND - 12];
  const bands = BANDS.map(({ label, color }, band) => {
    const y = MARGIN + band * BAND;
    return (
      `<rect x="${MARGIN}" y="${y}" width="${16 * COLUMN}" height="${BOX.height + LABEL + 10}" rx="6" fill="${color}"/>` +
      `<text x="${MARGIN + 8}" y="${y + 14}" text-anchor="start" fill="#556">${label}</text>`
    );
  });
  const boxes = BANDS.flatMap(({ boxes: all }) =>
    Object.entries(all).map(([name, { title, lines }]) => {
      const { x, y, width: w, height: h } = PLACES[name];
      const text = lines.map((each, at) => `<text x="${x + w / 2}" y="${y + 42 + 15 * at}">${each}</text>`).join('');
      return (
        `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="5" fill="white" stroke="#99a"/>` +
        `<text x="${x + w / 2}" y="${y + 24}" font-weight="bold">${title}</text>${text}`
      );
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" text-anchor="middle">`,
    '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L6 3L0 6z" fill="#556"/></marker></defs>',
    '<rect width="100%" height="100%" fill="white"/>',
    bands.join('\n'),
    boxes.join('\n'),
    `<g stroke="#556">${ARROWS.map(arrow).join('')}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

module.exports = { drawArchitecture };
