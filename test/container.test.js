'use strict';
// Dumps out of a pod-like environment: read-only root, Node as process 1, no shell, no writable directory. The commands are those of
// docs/containers.md, with `nsenter` instead of `kubectl exec`.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { once } = require('node:events');
const { test } = require('node:test');
const { MAIN, Pod, obstacle } = require('./container/pod.js');
const { cleanup } = require('./support/cleanup.js');
const { readSnapshot } = require('./support/snapshot.js');
const { temporary } = require('./support/temporary.js');

const reason = obstacle();
if (reason) console.log(`test/container: ${reason}`);
const POD = { timeout: 480_000, skip: reason ?? false };

async function startPod(t, options) {
  const directory = temporary(t);
  const pod = await Pod.start(directory, path.join(__dirname, 'container/program.js'), options);
  cleanup(t, () => pod.stop());
  return { pod, directory };
}

/** Checks that the snapshot is complete and has the objects of the program. */
function check(file) {
  const { strings } = readSnapshot(file);
  assert.ok(strings.includes('Parcel') && strings.includes('parcel 4999'));
}

const hashOf = (file) => crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');

test('no directory of the pod is writable, and its process 1 is Node', POD, async (t) => {
  const { pod } = await startPod(t);
  const source = `
    const fs = require('node:fs');
    const refused = ['/', '/app', '/tmp', '/dev', '/dev/shm', '/var/tmp', process.cwd()].filter((one) => {
      try { fs.writeFileSync(one + '/a', ''); } catch ({ code }) { return ['EROFS', 'ENOENT'].includes(code); }
    });
    console.log(JSON.stringify([refused.length, fs.existsSync('/bin/sh'), fs.readlinkSync('/proc/1/exe')]));`;
  const { output, stderr } = await pod.exec(['-e', source]);
  const [refused, hasShell, name] = JSON.parse(output);
  assert.deepEqual([refused, hasShell], [7, false], stderr);
  assert.match(name, /\/node$/);
});

test('dump 1 --to - > FILE', POD, async (t) => {
  const { pod, directory } = await startPod(t);
  const plain = path.join(directory, 'a.heapsnapshot');
  const { code, stderr } = await pod.exec([MAIN, 'dump', '1', '--to', '-'], plain);
  assert.equal(code, 0, stderr);
  check(plain);
  const packed = path.join(directory, 'b.heapsnapshot.gz');
  await pod.exec([MAIN, 'dump', '1', '--to', '-', '--compress', 'gzip'], packed);
  check(packed);
});

test('to a server outside, in chunks: by the command, and by dump({ to }) of process 1', POD, async (t) => {
  const { pod, directory } = await startPod(t);
  const server = pod.spawnOutside([process.execPath, path.join(__dirname, 'container/server.js'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanup(t, () => server.kill('SIGKILL'));
  const lines = readline.createInterface({ input: server.stdout });
  const next = async () => JSON.parse((await once(lines, 'line'))[0]);
  const { port } = await next();
  const received = next();
  const address = `http://127.0.0.1:${port}`;
  const { code, output, stderr } = await pod.exec([MAIN, 'dump', '1', '--to', `${address}/c.heapsnapshot.gz?secret=1`, '--json']);
  assert.equal(code, 0, stderr);
  const { file, ...request } = await received;
  assert.deepEqual(request, { method: 'PUT', encoding: 'chunked' });
  assert.equal(JSON.parse(output).sha256, hashOf(file));
  check(file);
  const again = next();
  pod.tell(`${address}/d.heapsnapshot.gz?secret=1`);
  const [{ file: second }, line] = await Promise.all([again, pod.line()]);
  const { sent, path: left, message } = JSON.parse(line);
  assert.equal(sent?.sha256, hashOf(second), message);
  assert.equal(left, null);
  check(second);
  assert.ok(!`${output}${stderr}${line}${pod.stderr}`.includes('secret'));
});

test('leaks 1, with an emptyDir for the snapshots', POD, async (t) => {
  const { pod } = await startPod(t, { volumes: ['/tmp'], env: { GROW: '1', HEAPDUMP_DIR: '/tmp/dumps' } });
  const { code, output, stderr } = await pod.exec([MAIN, 'leaks', '1', '--interval', '1s', '--json']);
  assert.equal(code, 0, stderr);
  const { findings } = JSON.parse(output);
  assert.ok(JSON.stringify(findings).includes('kept'), output);
});
