// @memlab/api: objects allocated between the first two snapshots that are still alive in the third.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [modules, ...files] = process.argv.slice(2);
const { ConsoleMode, findLeaksBySnapshotFilePaths } = createRequire(modules)('@memlab/api');
const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'memlab-'));
const traces = await findLeaksBySnapshotFilePaths(...files, { workDir, consoleMode: ConsoleMode.SILENT });
fs.rmSync(workDir, { recursive: true });
console.log(JSON.stringify(traces.map((trace) => ({ text: JSON.stringify(trace) }))));
process.exit(0);
