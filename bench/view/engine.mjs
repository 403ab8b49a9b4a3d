// The engine without a server: opens a file, says so, and answers one list of questions.

import { findLeaks, open } from '../../index.mjs';

const snapshot = await open(process.argv[2]);
process.stdout.write(`${JSON.stringify({ nodeCount: snapshot.nodeCount })}\n`);
process.once('message', async (questions) => {
  for (const [name, args] of questions) {
    const given = args.map((one) => one ?? undefined);
    if (name === 'findLeaks') await findLeaks([snapshot], ...given);
    else await snapshot[name](...given);
  }
  process.send('answered');
});
