// Reloads a theme by a query string in its URL; the ESM loader caches the module of every version for ever.
import harness from '../harness.js';

let revision = 0;

async function reloadTheme() {
  const { default: paint } = await import(`./parts/theme.mjs?revision=${revision++}`);
  return paint(revision);
}

await harness.run(reloadTheme);
