// The engine without a server: opens the files, reports it, and runs one list of queries.

import { diff, findLeaks, open, trend } from '../../index.mjs';

const snapshots = [];
for (const file of process.argv.slice(2)) snapshots.push(await open(file));
const snapshot = snapshots.at(-1);
process.stdout.write(`${JSON.stringify({ nodeCount: snapshot.nodeCount })}\n`);

const ASK = {
  findLeaks: (options) => findLeaks(snapshots, options),
  trend: (options) => trend(snapshots, options),
  diff: (base, options) => diff(snapshots[base], snapshot, options),
  // The API has no such list. The objects of the constructor are equally many.
  diffObjects: ({ classKey }, options) => snapshot.instances(classKey, options),
};

process.once('message', async (questions) => {
  for (const [name, args] of questions) {
    const given = args.map((one) => one ?? undefined);
    await (ASK[name] ? ASK[name](...given) : snapshot[name](...given));
  }
  process.send('answered');
});
