import { Bus } from './broadcast';
import harness from '../harness.js';

function openWidget(n: number): number {
  const samples = Array.from({ length: 60 }, (_, i) => ({ n, sample: i + 0.5 }));
  Bus.subscribe('metrics', function onMetrics(message) { samples.push(message as never); });
  return samples.length;
}

harness.run(openWidget);
