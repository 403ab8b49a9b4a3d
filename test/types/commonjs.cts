// Compiled, never run: what a CommonJS program in TypeScript writes.

import heapdump = require('heapdump-rs');
import byDefault from 'heapdump-rs';
import * as all from 'heapdump-rs';
import { dump, writeSnapshot, type DumpResult } from 'heapdump-rs';
import 'heapdump-rs/register';

const viaRequire: boolean = heapdump.writeSnapshot('a.heapsnapshot');
const viaDefault: boolean = byDefault.uninstall();
const viaStar: string = all.capabilities().node;
const viaName: Promise<DumpResult> = dump();
const bare: boolean = writeSnapshot((error, filename) => {
  if (error) console.error(error.code, error.errno, error.syscall, error.path);
  else console.log(filename?.length);
});

export { bare, viaDefault, viaName, viaRequire, viaStar };
