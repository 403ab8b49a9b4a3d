'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { observeMemory } = require('./opentelemetry.js');
const { register } = require('./prometheus.js');

/** Checks that there is a gauge for each owner, and that their bytes add up to RSS, which changes a little meanwhile. */
function check(owners) {
  const isLinux = process.platform === 'linux';
  assert.ok(Object.keys(owners).length >= (isLinux ? 8 : 2), JSON.stringify(owners));
  const sum = Object.values(owners).reduce((a, b) => a + b);
  const rss = process.memoryUsage.rss();
  assert.ok(Math.abs(sum - rss) < 0.1 * rss, `${sum} is not ${rss}`);
}

test('Prometheus reads the owners', async () => {
  const text = await register.metrics();
  const lines = text.matchAll(/^nodejs_memory_resident_bytes\{owner="([\w-]+)"\} (\d+)$/gm);
  check(Object.fromEntries(Array.from(lines, ([, owner, bytes]) => [owner, Number(bytes)])));
});

test('OpenTelemetry exports the owners', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const provider = new MeterProvider({ readers: [reader] });
  observeMemory(provider.getMeter('memory'));
  await reader.forceFlush();
  const [{ scopeMetrics }] = exporter.getMetrics();
  const [{ dataPoints }] = scopeMetrics[0].metrics;
  check(Object.fromEntries(dataPoints.map(({ attributes, value }) => [attributes.owner, value])));
  await provider.shutdown();
});
