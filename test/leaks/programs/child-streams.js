'use strict';
// `cat` is spawned for every second text and answers, but its standard input is never ended, so it runs for ever.
const { spawn } = require('node:child_process');

function filter(n) {
  const text = `line ${n}\n`.repeat(40);
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    let received = 0;
    child.on('error', reject);
    child.stdout.on('data', function collectOutput(chunk) {
      received += chunk.length;
      if (received === text.length) resolve();
    });
    child.stdin.write(text);
  });
}

// The children would outlive this program only if it kept its end of the pipes.
require('../harness').run((n) => (n % 2 === 0 ? filter(n) : undefined));
