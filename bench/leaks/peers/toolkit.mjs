// heap-snapshot-toolkit: the constructors that grew between the first and the last snapshot.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, first, , last] = process.argv.slice(2);
const { diff, parse } = await import(pathToFileURL(createRequire(modules).resolve('heap-snapshot-toolkit')));
const read = (file) => parse(fs.createReadStream(file, 'utf-8'));
const rows = Object.values(await diff(await read(first), await read(last))).filter(({ sizeDelta }) => sizeDelta > 0);
rows.sort((a, b) => b.sizeDelta - a.sizeDelta);
console.log(JSON.stringify(rows.map(({ name, countDelta, sizeDelta }) => ({ text: `${name} ${countDelta} ${sizeDelta}` }))));
process.exit(0);
