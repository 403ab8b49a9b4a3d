// npm heap-snapshot-toolkit.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, file] = process.argv.slice(2);
const { parse, DevToolsAPI } = await import(pathToFileURL(createRequire(modules).resolve('heap-snapshot-toolkit')).href);
console.warn = () => {};

const snapshot = await parse(fs.createReadStream(file, { encoding: 'utf8', highWaterMark: 10_000_000 }));
const filter = new DevToolsAPI.HeapSnapshotModel.NodeFilter();
const rows = Object.values(snapshot.aggregatesWithFilter(filter));
rows.sort((a, b) => b.maxRet - a.maxRet);
console.log(JSON.stringify({ rows: rows.length, total: snapshot.getStatistics().total }));
