// Imports the theme each time it is needed, always by the same URL, and another by one of three.
import harness from '../harness.js';

async function applyTheme(n) {
  const { default: paint } = await import('./parts/theme.mjs');
  const { colours } = await import(`./parts/theme.mjs?season=${n % 3}`);
  return paint(n) + colours.length;
}

await harness.run(applyTheme);
