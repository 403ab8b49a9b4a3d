'use strict';
// Dumps that are encrypted to public keys of age, and the reading of encrypted files. The package age-encryption is a second
// implementation of the format.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { webcrypto } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { start } = require('./support/app.js');
const { run, runSync } = require('./support/command.js');
const { PLANT, assertPlanted, program } = require('./support/planted.js');
const { childrenOf, isRunning } = require('./support/processes.js');
const { partials, temporary, until } = require('./support/temporary.js');

const heapdump = require('..');

const { capabilities } = heapdump;
const FORKS = { timeout: 120_000, skip: capabilities().fork.available ? false : capabilities().fork.reason };
const IMAGES = { timeout: 180_000, skip: capabilities().image.available ? false : capabilities().image.reason };

const FIXTURE = path.join(__dirname, 'fixtures/node20.heapsnapshot.zst');

/** A text in the heap of each dumped process. */
const SECRET = 'planted 7 of 321';

let age;
/** Two pairs of keys: `{ secret, key }`. */
const pairs = [];

before(async () => {
  // Node 18 has it under another name.
  globalThis.crypto ??= webcrypto;
  age = await import('age-encryption');
  for (let i = 0; i < 2; i += 1) {
    const secret = await age.generateX25519Identity();
    pairs.push({ secret, key: await age.identityToRecipient(secret) });
  }
});

/** Writes a file of identities, and returns its path. */
function identityOf(directory, ...wanted) {
  const file = path.join(directory, `key-${wanted.length}-${wanted[0]?.key}.txt`);
  fs.writeFileSync(file, ['# created: now', ...wanted.map(({ secret }) => secret), ''].join('\n'), { mode: 0o600 });
  return file;
}

/** Decrypts a file with the other implementation. */
async function decrypted(file, { secret }) {
  const decrypter = new age.Decrypter();
  decrypter.addIdentity(secret);
  return Buffer.from(await decrypter.decrypt(fs.readFileSync(file)));
}

/** Encrypts a snapshot with the other implementation. Returns the path of the file. */
async function encryptedFixture(directory, recipients) {
  const encryption = new age.Encrypter();
  for (const { key } of recipients) encryption.addRecipient(key);
  const file = path.join(directory, 'a.heapsnapshot.zst.age');
  fs.writeFileSync(file, await encryption.encrypt(fs.readFileSync(FIXTURE)));
  return file;
}

async function dumpOf(t, directory, options, how) {
  const app = start(t, directory, program({ path: 'a.heapsnapshot.age', ...options }), how);
  const result = await app.said('result');
  await app.exit;
  return result;
}

/** Checks that no file of the directory contains the text of the heap. */
function assertNoPlainText(directory) {
  for (const name of filesOf(directory)) {
    assert.ok(!fs.readFileSync(path.join(directory, name)).includes(SECRET), `${name} has plain text`);
  }
  assert.deepEqual(partials(directory), []);
}

/** Returns the names of the files in a directory, without programs. */
function filesOf(directory) {
  const entries = fs.readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.js')).map(({ name }) => name);
}

for (const mode of ['inline', 'fork']) {
  for (const compress of [false, 'zstd']) {
    test(`an encrypted dump, ${mode}, compress ${compress}`, mode === 'fork' ? FORKS : {}, async (t) => {
      const directory = temporary(t);
      const encryptTo = pairs.map(({ key }) => key);
      const result = await dumpOf(t, directory, { mode, compress, encryptTo });
      assert.equal(result.method, mode);
      assert.equal(result.encrypted, true);
      assert.equal(result.bytes, fs.statSync(result.path).size);
      assertNoPlainText(directory);
      for (const pair of pairs) assertPlanted(result.path, { identity: identityOf(directory, pair) });
      const plain = await decrypted(result.path, pairs[1]);
      assert.equal(plain.length === result.snapshotBytes, compress === false);
      if (!compress) assert.ok(plain.includes(SECRET));
    });
  }
}

test('an encrypted image, in another process, restored to an encrypted snapshot', IMAGES, async (t) => {
  const directory = temporary(t);
  const [own, other] = pairs;
  const result = await dumpOf(t, directory, { mode: 'image', path: 'a.heapsnapshot', encryptTo: own.key });
  const name = 'a.heapimage';
  assert.equal(result.path, path.join(directory, name));
  assert.equal(result.method, 'image');
  assert.equal(result.encrypted, true);
  assert.equal(result.bytes, fs.statSync(result.path).size);
  assert.ok(result.snapshotBytes < result.bytes, 'the size of the image, before it was encrypted');
  assertNoPlainText(directory);
  const image = await decrypted(result.path, own);
  assert.equal(image.length, result.snapshotBytes);
  assert.equal(image.toString('latin1', 0, 8), 'HEAPIMG\x1a');

  const identity = identityOf(directory, other, own);
  await assert.rejects(heapdump.restore(result.path), { code: 'ERR_HEAPDUMP_ENCRYPTED' });
  await assert.rejects(heapdump.restore(result.path, { identity: identityOf(directory, other) }), {
    code: 'ERR_HEAPDUMP_IDENTITY',
  });
  await assert.rejects(heapdump.open(result.path, { identity }), { code: 'ERR_HEAPDUMP_IMAGE' });
  const restored = await heapdump.restore(result.path, { identity, encryptTo: [own.key] });
  assert.equal(restored.path, path.join(directory, 'a.heapsnapshot.age'));
  assert.equal(restored.encrypted, true);
  assertNoPlainText(directory);
  assertPlanted(restored.path, { identity });
  const plain = await heapdump.restore(result.path, { identity });
  assert.equal(plain.path, path.join(directory, 'a.heapsnapshot'));
  assert.equal(plain.encrypted, false);
  assertPlanted(plain.path);
});

test('an encrypted image that is damaged is not restored', IMAGES, async (t) => {
  const directory = temporary(t);
  const { path: image } = await dumpOf(t, directory, { mode: 'image', encryptTo: pairs[0].key });
  const identity = identityOf(directory, pairs[0]);
  const bytes = fs.readFileSync(image);
  const broken = path.join(directory, 'broken.heapimage.age');
  const target = path.join(directory, 'broken.heapsnapshot');
  for (const at of [30, 200, 70_000, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    for (const content of [changed, bytes.subarray(0, at)]) {
      fs.writeFileSync(broken, content);
      // A change can make the header one for other keys.
      await assert.rejects(heapdump.restore(broken, { identity, path: target }), { code: /^ERR_HEAPDUMP_(BAD_IMAGE|IDENTITY)$/ });
      assert.ok(!fs.existsSync(target));
    }
  }
});

test('a full disk ends an encrypted image with the error number', IMAGES, async (t) => {
  const directory = temporary(t);
  const options = { mode: 'image', path: 'a.heapsnapshot', force: true, encryptTo: pairs[0].key };
  const app = start(t, directory, program(options), { prefix: ['/bin/sh', '-c', 'ulimit -f 2000; exec "$0" "$@"'] });
  const error = await app.said('error');
  assert.equal(error.code, 'EFBIG');
  assert.deepEqual(filesOf(directory), []);
});

test('the last dump of a full heap', IMAGES, async (t) => {
  const directory = temporary(t);
  const source = `
    require('heapdump-rs').watch({ mode: 'image', name: 'last.heapsnapshot', encryptTo: ${JSON.stringify(pairs[0].key)} });
    ${PLANT}
    const list = [];
    (function grow() {
      for (let i = 0; i < 10_000; i += 1) list.push({ i });
      setImmediate(grow);
    })();
  `;
  const app = start(t, directory, source, { execArgv: ['--max-old-space-size=60'] });
  const [, written, reason] = await app.complains(/wrote (\S+)|dump failed: (.*)/);
  app.kill('SIGKILL');
  assert.equal(reason, undefined);
  const file = path.resolve(directory, written);
  assert.equal(path.basename(file), 'last.heapimage.age');
  assertNoPlainText(directory);
  const restored = await heapdump.restore(file, { identity: identityOf(directory, pairs[0]) });
  assertPlanted(restored.path);
});

test('the encrypting process ends with a child that is killed', IMAGES, async (t) => {
  const directory = temporary(t);
  // Nothing reads the pipe, so both processes stay until the dump is aborted.
  assert.equal(spawnSync('mkfifo', [path.join(directory, 'pipe')]).status, 0);
  const options = { mode: 'image', encryptTo: pairs[0].key };
  const source = `
    const heapdump = require('heapdump-rs');
    const controller = new AbortController();
    const to = require('node:fs').openSync('pipe', 'r+');
    process.stdin.once('data', () => controller.abort());
    heapdump
      .dump({ ...${JSON.stringify(options)}, to, signal: controller.signal })
      .catch((error) => say('error', error.code));
  `;
  const app = start(t, directory, source);
  const [child, encryptor] = await until(() => {
    const [first] = childrenOf(app.pid);
    const [second] = first ? childrenOf(first) : [];
    return second && [first, second];
  });
  app.tell('stop');
  assert.equal(await app.said('error'), 'ABORT_ERR');
  await until(() => [child, encryptor].every((pid) => !isRunning(pid)));
});

test('heapdump-rs dump PID --encrypt-to', FORKS, async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, `require('heapdump-rs'); ${PLANT} say('ready'); setInterval(() => {}, 1000);`);
  await app.said('ready');
  const [{ key, secret }] = pairs;
  const refused = await run('dump', app.pid, '--encrypt-to', secret);
  assert.equal(refused.status, 2);
  assert.ok(!refused.stderr.includes(secret));
  const { status, stdout, stderr } = await run('dump', app.pid, '--encrypt-to', key);
  assert.equal(status, 0, stderr);
  const file = stdout.trim();
  assert.match(file, /\.heapsnapshot\.age$/);
  const sent = path.join(directory, 'sent.heapsnapshot.age');
  const toOutput = await run('dump', app.pid, '--encrypt-to', key, '--to', '-', { encoding: 'buffer' });
  assert.equal(toOutput.status, 0, toOutput.stderr);
  fs.writeFileSync(sent, toOutput.stdout);
  assertNoPlainText(directory);
  const identity = identityOf(directory, pairs[0]);
  assertPlanted(file, { identity });
  assertPlanted(sent, { identity });
});

test('the environment encrypts every dump, and names it', FORKS, async (t) => {
  const directory = temporary(t);
  const env = { NODE_HEAPDUMP_OPTIONS: `encryptTo=${pairs[0].key},sources` };
  const service = `require('heapdump-rs').install({ name: 'a.heapsnapshot', compress: true, sidecar: true }); ${PLANT} say('ready'); setInterval(() => {}, 1000);`;
  const app = start(t, directory, service, { env });
  await app.said('ready');
  const heard = app.complains(/wrote (\S+)/);
  app.kill('SIGUSR2');
  const [, file] = await heard;
  assert.equal(path.basename(file), 'a.heapsnapshot.gz.age');
  assertNoPlainText(directory);
  assertPlanted(path.resolve(directory, file), { identity: identityOf(directory, pairs[0]) });
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => name.includes('sources')),
    [],
  );
});

test('a key of the environment that is no key fails every dump', async (t) => {
  const directory = temporary(t);
  const app = start(t, directory, program({ path: 'a.heapsnapshot' }), { env: { NODE_HEAPDUMP_OPTIONS: 'encryptTo=age1oops' } });
  const error = await app.said('error');
  assert.match(error.message, /"age1oops" is not a public X25519 key/);
  assert.ok(!fs.existsSync(path.join(directory, 'a.heapsnapshot')));
});

test('wrong keys are refused before the dump, and secret ones are not repeated', async () => {
  for (const encryptTo of ['', 'age1', 'ssh-ed25519 AAAA', [], [7], 7, pairs[0].secret, [pairs[0].key, 'x']]) {
    assert.throws(
      () => heapdump.dump({ encryptTo }),
      (error) => {
        assert.match(error.code, /^ERR_INVALID_ARG_(TYPE|VALUE)$/);
        assert.ok(!error.message.includes(pairs[0].secret));
        return true;
      },
    );
  }
});

test('a file that others encrypted is read, compressed or not', async (t) => {
  const directory = temporary(t);
  const file = await encryptedFixture(directory, pairs);
  const identity = identityOf(directory, pairs[1]);
  const [ours, plain] = [await heapdump.open(file, { identity }), heapdump.openSync(FIXTURE)];
  assert.equal(ours.nodeCount, plain.nodeCount);
  assert.deepEqual(ours.summarySync(), plain.summarySync());
  ours.close();
  plain.close();

  await assert.rejects(heapdump.open(file), { code: 'ERR_HEAPDUMP_ENCRYPTED', path: file });
  assert.throws(() => heapdump.openSync(file, { identity: path.join(directory, 'missing') }), { code: 'ENOENT' });
  const stranger = identityOf(directory, { secret: await age.generateX25519Identity(), key: 'stranger' });
  assert.throws(() => heapdump.openSync(file, { identity: stranger }), { code: 'ERR_HEAPDUMP_IDENTITY', path: file });
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, bytes.subarray(0, bytes.length - 1));
  assert.throws(() => heapdump.openSync(file, { identity }), { code: /^ERR_HEAPDUMP_(PARSE|TRUNCATED)$/ });
  bytes[bytes.length - 100] ^= 1;
  fs.writeFileSync(file, bytes);
  assert.throws(() => heapdump.openSync(file, { identity }), { code: 'ERR_HEAPDUMP_PARSE' });
});

test('the command line takes --identity, and the environment', async (t) => {
  const directory = temporary(t);
  const file = await encryptedFixture(directory, pairs);
  const identity = identityOf(directory, pairs[0]);
  for (const command of ['summary', 'suspects', 'statistics']) {
    const refused = runSync(command, file);
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /encrypted/);
    assert.equal(runSync(command, file, '--identity', identity).status, 0);
    assert.equal(runSync(command, file, { env: { ...process.env, HEAPDUMP_IDENTITY: identity } }).status, 0);
  }
});
