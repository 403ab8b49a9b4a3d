'use strict';
// Each request creates its instruments, and the registry adds them to one list per reader.
class MetricRegistry {
  constructor() {
    for (const list of ['counters', 'gauges', 'histograms', 'exporters', 'callbacks', 'views', 'units', 'labels', 'descriptors']) this[list] = [];
  }
  createSet(name) {
    const shared = { name, attributes: new Array(20).fill(name.length + 0.5) };
    for (const list of Object.keys(this)) this[list].push({ kind: list, shared, value: 0 });
    return shared;
  }
}

const metrics = new MetricRegistry();
require('../harness').run((n) => metrics.createSet(`request-${n}`));
