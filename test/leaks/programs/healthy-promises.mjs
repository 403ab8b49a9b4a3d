import { run } from '../harness.js';
// Promises that are settled, and functions that end.
const sleep = () => new Promise((resolve) => { setImmediate(resolve); });
async function work(n) {
  const data = { n, text: 'w'.repeat(800) };
  await sleep();
  return data.text.length;
}
await run((n) => work(n));
