'use strict';
// Exports where the memory of this process is to Prometheus: one gauge, with a label for the owner. The sum is RSS.

const { Gauge, register } = require('prom-client');
const { memory } = require('heapdump-rs');

new Gauge({
  name: 'nodejs_memory_resident_bytes',
  help: 'Resident memory of the process by owner. The sum is RSS.',
  labelNames: ['owner'],
  // Called for each scrape. Reading takes a few milliseconds on a native thread.
  async collect() {
    const { parts, unexplained } = await memory();
    this.reset();
    for (const { owner, resident } of parts) this.inc({ owner }, resident);
    this.set({ owner: 'unexplained' }, unexplained);
  },
});

// In a service: response.setHeader('content-type', register.contentType); response.end(await register.metrics());
module.exports = { register };
