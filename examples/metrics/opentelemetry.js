'use strict';
// Exports where the memory of this process is by OpenTelemetry: one observable gauge, with an attribute for the owner. The sum
// is RSS.

const { memory } = require('heapdump-rs');

/** @param {import('@opentelemetry/api').Meter} meter */
function observeMemory(meter) {
  const gauge = meter.createObservableGauge('nodejs.memory.resident', {
    unit: 'By',
    description: 'Resident memory of the process by owner. The sum is RSS.',
  });
  // Called for each collection. Reading takes a few milliseconds on a native thread.
  gauge.addCallback(async (result) => {
    const { parts, unexplained } = await memory();
    const bytes = new Map([['unexplained', unexplained]]);
    for (const { owner, resident } of parts) bytes.set(owner, (bytes.get(owner) ?? 0) + resident);
    for (const [owner, value] of bytes) result.observe(value, { owner });
  });
}

module.exports = { observeMemory };
