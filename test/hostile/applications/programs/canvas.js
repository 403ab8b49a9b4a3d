'use strict';
// Skia through napi-rs; images are encoded and decoded on libuv's thread pool.

const assert = require('node:assert/strict');

const SIZE = 200;

function start() {
  const { createCanvas, loadImage } = require('@napi-rs/canvas');
  return {
    async work(i) {
      const colour = (n) => [(i * 29 + n * 70) % 256, (i * 13 + n * 110) % 256, (i * 3 + n * 50) % 256, 255];
      const fill = (context, n) => {
        const [red, green, blue] = colour(n);
        context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
      };
      const canvas = createCanvas(SIZE, SIZE);
      const context = canvas.getContext('2d');
      fill(context, 0);
      context.fillRect(0, 0, SIZE, SIZE);
      fill(context, 1);
      context.beginPath();
      context.arc(SIZE / 2, SIZE / 2, SIZE / 4, 0, 2 * Math.PI);
      context.fill();
      context.translate(SIZE / 2, 0);
      fill(context, 2);
      context.fillRect(10, 10, 20, 20);

      const image = await loadImage(await canvas.encode('png'));
      const copy = createCanvas(SIZE, SIZE).getContext('2d');
      copy.drawImage(image, 0, 0);
      const at = (x, y) => [...copy.getImageData(x, y, 1, 1).data];
      assert.deepEqual(at(2, 2), colour(0));
      assert.deepEqual(at(SIZE / 2, SIZE / 2), colour(1));
      assert.deepEqual(at(SIZE / 2 + 20, 20), colour(2));
    },
    stop() {},
  };
}

module.exports = { start };
