// A Map that held ten thousand sessions once and holds five now: its table is large, its size is not.
import harness from '../harness.js';

const sessions = new Map();
for (let i = 0; i < 10_000; i++) sessions.set(`old-${i}`, { i });
for (let i = 5; i < 10_000; i++) sessions.delete(`old-${i}`);

await harness.run((n) => {
  sessions.set('guest', { n, basket: new Array(40).fill(n + 0.5) });
  if (n % 2 === 0) sessions.delete('guest');
});
