// A module that awaits at its top, and a registry that other modules import.
import harness from '../harness.js';

const { setTimeout: wait } = await import('node:timers/promises');
await wait(1);

export const registry = { byName: Object.create(null), size: 0 };

await harness.run(async (n) => {
  const plugin = { n, hooks: new Array(50).fill(n + 0.25), setup: async () => { await null; } };
  registry.byName[`plugin ${n}`] = plugin;
  registry.size += 1;
  await plugin.setup();
});
