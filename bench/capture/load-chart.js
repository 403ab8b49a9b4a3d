'use strict';
// Draws the response times of an HTTP server around a dump.

const WIDTH = 860;
const PANEL = 92;
const GAP = 34;
const LEFT = 64;
const TOP = 44;
/** autocannon sends the requests of one second in one batch. */
const BUCKET_MS = 1000;
const COLOURS = ['#b3261e', '#a15c00', '#1b6e3c', '#1f5fbf'];

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Returns the responses per second in each time bucket. */
function throughput({ began, answers }, from, to) {
  const counts = new Array(Math.ceil((to - from) / BUCKET_MS)).fill(0);
  for (const [at] of answers) {
    const bucket = Math.floor((at - began - from) / BUCKET_MS);
    if (bucket >= 0 && bucket < counts.length) counts[bucket] += 1000 / BUCKET_MS;
  }
  return counts;
}

/**
 * Returns an SVG with one panel for each run: responses per second over the time since the dump started, with the dump shaded.
 *
 * @param {{method: string, began: number, ended: number, answers: [number, number][]}[]} runs
 * @param {number} quietMs time shown before and after a dump
 * @param {string} subtitle
 */
function chart(runs, quietMs, subtitle) {
  const from = -quietMs;
  const to = Math.max(...runs.map(({ began, ended }) => ended - began)) + quietMs;
  const all = runs.map((run) => throughput(run, from, to));
  const max = Math.max(...all.flat());
  const x = (ms) => LEFT + ((ms - from) / (to - from)) * (WIDTH - LEFT - 16);
  const height = TOP + runs.length * (PANEL + GAP) + 24;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Answers a second of an HTTP server before, during and after a heap dump">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="16" y="22" font-size="15" font-weight="600" fill="#1b1b1f">Answers a second while the heap is dumped</text>`,
    `<text x="${WIDTH - 16}" y="22" text-anchor="end" fill="#5f5f66">${escape(subtitle)}</text>`,
  ];
  for (const [at, { method, began, ended, answers }] of runs.entries()) {
    const top = TOP + at * (PANEL + GAP) + 14;
    const y = (count) => top + PANEL - (count / max) * PANEL;
    const longest = answers.reduce((slowest, [, took]) => Math.max(slowest, took), 0);
    // There is no data after the last response of a run.
    const last = Math.max(...answers.map(([when]) => when)) - began;
    const points = all[at].flatMap((count, bucket) => {
      const ms = from + bucket * BUCKET_MS;
      return ms + BUCKET_MS > last
        ? []
        : [`${x(ms).toFixed(1)},${y(count).toFixed(1)}`, `${x(ms + BUCKET_MS).toFixed(1)},${y(count).toFixed(1)}`];
    });
    parts.push(
      `<text x="${LEFT}" y="${top - 6}" font-weight="600" fill="${COLOURS[at % COLOURS.length]}">${escape(method)}</text>`,
      `<text x="${WIDTH - 16}" y="${top - 6}" text-anchor="end" fill="#5f5f66">dump ${((ended - began) / 1000).toFixed(1)} s, slowest answer ${longest < 1000 ? `${longest.toFixed(0)} ms` : `${(longest / 1000).toFixed(1)} s`}</text>`,
      `<rect x="${x(0).toFixed(1)}" y="${top}" width="${(x(ended - began) - x(0)).toFixed(1)}" height="${PANEL}" fill="#eceaf4"/>`,
      `<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${top + PANEL}" y2="${top + PANEL}" stroke="#c8c6d0"/>`,
      `<text x="${LEFT - 8}" y="${top + 10}" text-anchor="end" fill="#5f5f66">${Math.round(max)}</text>`,
      `<text x="${LEFT - 8}" y="${top + PANEL}" text-anchor="end" fill="#5f5f66">0</text>`,
      `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOURS[at % COLOURS.length]}" stroke-width="1.8"/>`,
    );
  }
  const bottom = TOP + runs.length * (PANEL + GAP) + 6;
  const step = to - from > 30_000 ? 5000 : 2000;
  for (let ms = Math.ceil(from / step) * step; ms <= to; ms += step) {
    parts.push(`<text x="${x(ms).toFixed(1)}" y="${bottom}" text-anchor="middle" fill="#5f5f66">${ms / 1000} s</text>`);
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

module.exports = { chart };
