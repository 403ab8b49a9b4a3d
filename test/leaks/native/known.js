'use strict';
// `node --expose-gc known.js`: runs the programs of known leaks of Node, and prints how many MB of ArrayBuffers each leaves. More
// than 20 is a leak. Run it with each version that known-leaks.json names.

const { promisify } = require('node:util');
const zlib = require('node:zlib');

const MB = 1e6;
const mebibyte = Buffer.alloc(1 << 20, 1);
const text = Buffer.alloc(120 << 10, 'abcdefgh');
const gzip = promisify(zlib.gzip);

const PROGRAMS = {
  /** Streams 100 Blobs of 1 MB each. */
  async 'Blob.stream()'(rounds) {
    for (let i = 0; i < rounds; i++) await new Response(new Blob([mebibyte]).stream()).arrayBuffer();
    for (let i = 0; i < 2; i++) {
      global.gc();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
  /** Compresses 2,000 texts, and drops the results. */
  async 'zlib.gzip()'(rounds) {
    for (let i = 0; i < rounds * 20; i++) await gzip(text);
  },
};

async function main() {
  for (const [name, run] of Object.entries(PROGRAMS)) {
    await run(10);
    const before = process.memoryUsage().arrayBuffers;
    await run(100);
    const grown = (process.memoryUsage().arrayBuffers - before) / MB;
    console.log(`${process.version} ${name} ${grown.toFixed(0)} MB`);
  }
}

main();
