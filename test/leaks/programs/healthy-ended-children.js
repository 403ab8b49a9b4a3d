'use strict';
// Every fourth text goes through a `cat` of its own, whose input is ended and whose end is awaited.
const { spawn } = require('node:child_process');

function sift(n) {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    const chunks = [];
    child.on('error', reject);
    child.stdout.on('data', (chunk) => { chunks.push(chunk); });
    child.on('close', () => resolve(Buffer.concat(chunks).length));
    child.stdin.end(`line ${n}\n`.repeat(40));
  });
}

require('../harness').run((n) => (n % 4 === 0 ? sift(n) : undefined));
