'use strict';
// Process 1 of the pod: a service with objects to find in its heap. It sends a dump of itself to each address on its standard input.

const { dump } = require('/app/node_modules/heapdump-rs');

class Parcel {
  constructor(number) {
    this.label = Buffer.from(`parcel ${number}`).toString();
  }
}

globalThis.kept = Array.from({ length: 5000 }, (_, number) => new Parcel(number));

// With GROW it leaks.
if (process.env.GROW) setInterval(() => globalThis.kept.push(...Array.from({ length: 50 }, (_, i) => new Parcel(i))), 20);

const lines = require('node:readline').createInterface({ input: process.stdin });
lines.on('line', (to) => {
  dump({ to, compress: 'gzip' }).then(
    (result) => console.log(JSON.stringify(result)),
    ({ code, message }) => console.log(JSON.stringify({ code, message })),
  );
});

console.log('ready');
