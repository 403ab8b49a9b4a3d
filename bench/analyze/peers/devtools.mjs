// Chrome DevTools' own worker code, as bundled for the oracle.
import fs from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { pathToFileURL } from 'node:url';

const [bundle, file] = process.argv.slice(2);
const { HeapSnapshotLoader, NodeFilter, SecondaryInitManager } = await import(pathToFileURL(bundle).href);
Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
};
console.warn = () => {};

const loader = new HeapSnapshotLoader({ sendEvent() {} });
// DevTools reads files in chunks of this size.
for await (const text of fs.createReadStream(file, { encoding: 'utf8', highWaterMark: 10_000_000 })) loader.write(text);
loader.close();
await loader.parsingComplete;
const { port1, port2 } = new MessageChannel();
new SecondaryInitManager(port2);
const snapshot = await loader.buildSnapshot(port1);
port1.close();
port2.close();

const rows = Object.values(snapshot.aggregatesWithFilter(new NodeFilter()));
rows.sort((a, b) => b.maxRet - a.maxRet);
console.log(JSON.stringify({ rows: rows.length, total: snapshot.getStatistics().total }));
