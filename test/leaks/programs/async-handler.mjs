import { run } from '../harness.js';
// An async function in an ES module: the scope outlives the await.
const onClose = new Map();
const load = async (n) => ({ rows: Array.from({ length: 300 }, (_, i) => `${n}:${i}`) });
async function handle(n) {
  const page = await load(n);
  const size = () => page.rows.length;
  size();
  onClose.set(n, () => n);
}
await run(handle);
