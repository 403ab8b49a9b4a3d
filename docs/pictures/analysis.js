'use strict';
// Draws the time and memory of analysers, from the first table of that kind in bench/RESULTS.md.

const fs = require('node:fs');
const path = require('node:path');

const RESULTS = path.join(__dirname, '../../bench/RESULTS.md');

/** Only reads the numbers, so it is no analyser. */
const FLOOR = /^floor/;

const NAME_WIDTH = 190;
const BAR_WIDTH = 190;
const ROW = 30;
const TOP = 44;

/** Returns the rows of the table on the snapshot of 112 MB: `{ name, seconds, megabytes }`, fastest first. */
function readRows() {
  const [, table] = /^## 112\.1 MB[^\n]*\n\n((?:\|.*\n)+)/m.exec(fs.readFileSync(RESULTS, 'utf8'));
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, name, wall, , rss]) => ({ name, seconds: Number(wall), megabytes: Number(rss) }))
    .filter(({ name }) => !FLOOR.test(name))
    .sort((a, b) => a.seconds - b.seconds);
}

/** Returns the bars of one quantity, with their values behind them. */
function column(rows, left, title, valueOf, label) {
  const max = Math.max(...rows.map(valueOf));
  const bars = rows.map((row, i) => {
    const width = Math.max(2, (valueOf(row) / max) * BAR_WIDTH);
    const y = TOP + i * ROW;
    return (
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="20" rx="3" fill="${i === 0 ? '#d9480f' : '#adb5bd'}"/>` +
      `<text x="${(left + width + 6).toFixed(1)}" y="${y + 15}">${label(valueOf(row))}</text>`
    );
  });
  return [`<text x="${left}" y="26" font-weight="bold">${title}</text>`, ...bars];
}

function drawAnalysis() {
  const rows = readRows();
  const secondsAt = NAME_WIDTH + 20;
  const memoryAt = secondsAt + BAR_WIDTH + 80;
  const size = [memoryAt + BAR_WIDTH + 80, TOP + rows.length * ROW + 8];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" height="${size[1]}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...rows.map(({ name }, i) => `<text x="${NAME_WIDTH + 10}" y="${TOP + i * ROW + 15}" text-anchor="end">${name}</text>`),
    ...column(
      rows,
      secondsAt,
      'time',
      ({ seconds }) => seconds,
      (value) => `${value.toFixed(1)} s`,
    ),
    ...column(
      rows,
      memoryAt,
      'memory',
      ({ megabytes }) => megabytes,
      (value) => `${value} MB`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

module.exports = { drawAnalysis };
