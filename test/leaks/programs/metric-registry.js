'use strict';
// Each request makes its instruments anew, and the registry enters them in a list for every way of reading them.
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
