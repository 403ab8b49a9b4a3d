'use strict';
// libvips: its own threads, the thread pool of libuv, and memory outside the heap.

const assert = require('node:assert/strict');

const SIZE = 240;

/** Four quarters of different colours, which depend on `i`. */
function quarters(i) {
  const colour = (quarter) => [(i * 37 + quarter * 60) % 256, (i * 11 + quarter * 90) % 256, (i * 5 + quarter * 30) % 256];
  const pixels = Buffer.alloc(SIZE * SIZE * 3);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) pixels.set(colour((y < SIZE / 2 ? 0 : 2) + (x < SIZE / 2 ? 0 : 1)), (y * SIZE + x) * 3);
  }
  return { colour, pixels };
}

function start() {
  const sharp = require('sharp');
  return {
    async work(i) {
      const { colour, pixels } = quarters(i);
      const png = await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .rotate(90)
        .resize(SIZE / 2, SIZE / 2)
        .png()
        .toBuffer();
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([info.width, info.height, info.channels], [SIZE / 2, SIZE / 2, 3]);
      const at = (x, y) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
      const [near, far] = [SIZE / 8, (SIZE * 3) / 8];
      // Turned clockwise: the lower left quarter is now the upper left one.
      assert.deepEqual([at(near, near), at(far, near), at(near, far), at(far, far)], [2, 0, 3, 1].map(colour));
      const webp = await sharp(png).webp({ lossless: true, effort: 1 }).toBuffer();
      assert.ok((await sharp(webp).removeAlpha().raw().toBuffer()).equals(data), 'lossless');
    },
    stop() {},
  };
}

module.exports = { start };
