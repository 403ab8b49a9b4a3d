// https://github.com/paulmillr/chokidar/issues/1275: unwatch() leaves what was watched in the lists of the watcher
const { measure } = require('./harness');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const chokidar = require('chokidar');
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'tenants-'));
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));
const watcher = chokidar.watch([]);
async function tenant(i) {
  const folder = path.join(root, 'tenant-' + i);
  fs.mkdirSync(folder);
  const added = new Promise((resolve) => { watcher.once('addDir', resolve); });
  watcher.add(folder);
  await added;
  watcher.unwatch(folder);
  fs.rmSync(folder, { recursive: true });
}
measure(tenant, { warmup: 50, n: 100 });
