// @memlab/heap-analysis: `memlab analyze unbound-object` and `unbound-collection` over the three snapshots.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(createRequire(modules).resolve('@memlab/api'));
const plugins = path.join(path.dirname(require.resolve('@memlab/heap-analysis')), 'plugins');
const analyses = ['ObjectUnboundGrowthAnalysis', 'CollectionUnboundGrowthAnalysis'].map(
  (name) => require(path.join(plugins, name)).default,
);
const text = [];
for (const Analysis of analyses) {
  const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'memlab-'));
  const { analysisOutputFile } = await new Analysis().analyzeSnapshotsInDirectory(path.dirname(files[0]), { workDir });
  text.push(fs.readFileSync(analysisOutputFile, 'utf8'));
  fs.rmSync(workDir, { recursive: true });
}
// One line each; the rest is progress.
const lines = text
  .join('\n')
  .replace(/\u001b\[[\d;?]*[A-Za-z]/g, '')
  .split(/[\n\r]+/)
  .filter((line) => /@\d+/.test(line));
console.log(JSON.stringify([...new Set(lines)].map((line) => ({ text: line }))));
process.exit(0);
