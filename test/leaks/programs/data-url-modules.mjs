// A rule engine turns every rule into a module with a data: URL; each distinct text stays in the ESM loader's cache.
import harness from '../harness.js';

async function evaluateRule({ name, limit }, value) {
  const source = `export const name = '${name}'; export default (value) => value > ${limit};`;
  const { default: exceeds } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  return exceeds(value);
}

await harness.run((n) => evaluateRule({ name: `limit of tenant ${n}`, limit: n * 3 }, 100));
