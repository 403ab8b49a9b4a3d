'use strict';
// redact: a thousand secrets in strings, buffers, Map keys, environment and source text.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { test } = require('node:test');
const { start } = require('./support/app.js');
const { readSnapshot } = require('./support/snapshot.js');
const { snapshots, temporary } = require('./support/temporary.js');

process.env.NODE_HEAPDUMP_OPTIONS = 'nosignal';
const heapdump = require('..');

const LONG = { timeout: 180_000 };
/** An image is a copy of the memory: the process that restores it redacts (image.test.js). */
const MODES = heapdump.capabilities().modes.filter((mode) => mode !== 'image');

/** The secrets are computed from numbers at run time, so that no text of this test contains them. */
const SECRETS = `
  const secret = (i) => ['S3CR', 'T', (i * 7919 + 104729).toString(36), 'x'].join('');
  class Account { constructor(i) { this.password = secret(i); } }
  const kept = { visibleName: 1 };
  kept.strings = Array.from({ length: 400 }, (_, i) => new Account(i));
  kept.buffers = Array.from({ length: 100 }, (_, i) => Buffer.from(secret(400 + i)));
  kept.keys = new Map(Array.from({ length: 200 }, (_, i) => [secret(500 + i), i]));
  for (let i = 700; i < 800; i++) process.env['PLANTED_' + i] = secret(i);
  kept.environment = { ...process.env };
  kept.functions = Array.from({ length: 100 }, (_, i) => new Function('return "' + secret(800 + i) + '"; // planted'));
  kept.functions.forEach((made) => made());
  kept.weak = new WeakMap();
  kept.weakKeys = Array.from({ length: 50 }, (_, i) => { const key = { i }; kept.weak.set(key, secret(900 + i)); return key; });
  kept.patterns = Array.from({ length: 50 }, (_, i) => new RegExp(secret(950 + i)));
  kept.number = 123456.789;
  kept.big = 98765432109876543210n;
  globalThis.kept = kept;
`;
const program = (more) => `
  const heapdump = require('heapdump-rs');
  ${SECRETS}
  const dump = (name, options) => heapdump.dump({ path: name, ...options }).then(({ path, bytes, snapshotBytes }) => say('file', { path, bytes, snapshotBytes }), ({ code }) => say('file', { code }));
  ${more}
`;

/** Returns how many of the secrets are in the file. */
function found(file) {
  let bytes = fs.readFileSync(file);
  if (file.endsWith('.gz')) bytes = zlib.gunzipSync(bytes);
  const text = bytes.toString('latin1');
  // One pass for all: matches their common prefix and the following text up to every possible end.
  const seen = new Set();
  for (let at = -1; (at = text.indexOf('S3CRT', at + 1)) >= 0;) {
    for (let end = at; (end = text.indexOf('x', end + 1)) >= 0 && end < at + 16;) seen.add(text.slice(at, end + 1));
  }
  return Array.from({ length: 1000 }, (_, i) => `S3CRT${(i * 7919 + 104729).toString(36)}x`).filter((secret) => seen.has(secret))
    .length;
}

for (const mode of MODES) {
  test(`${mode}: none of 1,000 secrets reaches the disk; text that looks like one stays`, LONG, async (t) => {
    const directory = temporary(t);
    const app = start(
      t,
      directory,
      program(`
      (async () => {
        await dump('plain.heapsnapshot', { mode: '${mode}', redact: false });
        await dump('strings.heapsnapshot', { mode: '${mode}', redact: 'strings', exposeNumericValues: true });
        await dump('all.heapsnapshot.gz', { mode: '${mode}', redact: 'strings', exposeNumericValues: true });
        await dump('cut.heapsnapshot', { mode: '${mode}', redact: { maxLength: 6 } });
        await dump('rules.heapsnapshot', { mode: '${mode}', redact: [{ contains: 'S3CRT' }] });
        await dump('other.heapsnapshot', { mode: '${mode}', redact: [{ startsWith: 'S3CRT', longerThan: 100 }, { contains: 'ü"' }] });
      })();
    `),
    );
    const files = [];
    for (let i = 0; i < 6; i++) {
      const result = await app.said('file');
      assert.equal(result.bytes, fs.statSync(result.path).size);
      if (!result.path.endsWith('.gz')) assert.equal(result.bytes, result.snapshotBytes);
      files.push(result.path);
    }
    const [plain, strings, all, cut, rules, other] = files;
    assert.ok(found(plain) >= 850, `${found(plain)} planted`); // contents of buffers are in no snapshot
    for (const file of [strings, all, rules]) assert.equal(found(file), 0, file);
    assert.equal(found(other), found(plain));
    const whole = readSnapshot(strings);
    assert.equal(whole.count('Account'), 400);
    for (const name of ['password', 'visibleName', 'Account', 'weakKeys']) assert.ok(whole.strings.includes(name), name);
    assert.ok(whole.strings.includes('(redacted)'));
    assert.ok(
      whole.strings.some((text) => /part of key \(\(redacted\) @\d+\) -> value \(\(redacted\) @\d+\) pair in WeakMap/.test(text)) ||
        !readSnapshot(plain).strings.some((text) => /part of key/.test(text)),
    );
    assert.ok(!readSnapshot(all).strings.some((text) => /^\d+\.\d+$/.test(text)), 'numbers are strings');
    // Six characters are left of each cut text.
    assert.equal(found(cut), 0);
    assert.ok(readSnapshot(cut).strings.some((text) => /^S3CRT.…$/.test(text)));
    assert.ok(readSnapshot(rules).strings.includes('visibleName'));
  });

  test(`${mode}: names of properties and functions stay, also generated ones; those of symbols are strings`, LONG, async (t) => {
    const app = start(
      t,
      temporary(t),
      `
      const heapdump = require('heapdump-rs');
      const name = ['S3CRT', 'name'].join('');
      globalThis.kept = { [name]: {}, symbol: Symbol(name + 'symbol'), [name + 'function']() {} };
      heapdump.dump({ path: 'a.heapsnapshot', mode: '${mode}', redact: 'strings' }).then(({ path }) => say('file', path));`,
    );
    const { strings } = readSnapshot(await app.said('file'));
    for (const text of ['S3CRTname', 'S3CRTnamefunction']) assert.ok(strings.includes(text), text);
    assert.ok(!strings.includes('S3CRTnamesymbol'));
  });
}

// A value that contains `) -> value (` left the text after its last ` @`, and U+007F was searched in another form than V8's.
test('texts that look like the form of the file are redacted', LONG, async (t) => {
  const directory = temporary(t);
  const secret = ['S3CRT', process.pid, 'x'].join('');
  const weak = new WeakMap();
  const key = {};
  weak.set(key, ['v @', secret, ') -> value (y'].join(''));
  const pairs = path.join(directory, 'pairs.heapsnapshot');
  await heapdump.dump({ path: pairs, mode: 'inline', redact: 'strings' });
  assert.equal(fs.readFileSync(pairs, 'latin1').includes(secret), false);
  const text = [String.fromCharCode(0x7f), secret].join('');
  const rules = path.join(directory, 'rules.heapsnapshot');
  await heapdump.dump({ path: rules, mode: 'inline', redact: [{ contains: text.slice(0, 2) }] });
  assert.equal(fs.readFileSync(rules, 'latin1').includes(text), false);
  assert.ok(weak.has(key));
});

test('the environment sets redaction where no option does: signal, dump(), writeSnapshot(), a blocked thread', LONG, async (t) => {
  const directory = temporary(t);
  const app = start(
    t,
    directory,
    program(`
    heapdump.on('dump', ({ path, method }) => say('dumped', { path, method }));
    heapdump.writeSnapshot('w.heapsnapshot');
    dump('d.heapsnapshot').then(() => {
      process.kill(process.pid, 'SIGUSR2');
      process.stdin.once('data', () => {
        say('stuck');
        for (const end = Date.now() + 4000; Date.now() < end;);
        process.exit();
      });
    });
  `),
    { env: { NODE_HEAPDUMP_OPTIONS: 'redact=strings' } },
  );
  for (let i = 0; i < 3; i++) assert.equal(found((await app.said('dumped')).path), 0);
  app.tell('go');
  await app.said('stuck');
  app.kill('SIGUSR2');
  await app.exit;
  assert.equal(snapshots(directory).length, 4);
  for (const name of snapshots(directory)) assert.equal(found(path.join(directory, name)), 0);
});

test('a wrong redaction is refused; one that is misspelt in the environment redacts everything', LONG, async (t) => {
  const directory = temporary(t);
  for (const redact of [
    'string',
    true,
    null,
    {},
    { maxlength: 3 },
    { maxLength: -1 },
    { maxLength: Infinity },
    [{}],
    [{ startswith: 'a' }],
    [null],
    3,
  ]) {
    assert.throws(
      () => heapdump.dump({ dir: directory, redact }),
      ({ code }) => /^ERR_(INVALID_ARG|OUT_OF)/.test(code),
      JSON.stringify(redact),
    );
  }
  const app = start(t, directory, program("dump('a.heapsnapshot');"), { env: { NODE_HEAPDUMP_OPTIONS: 'nosignal,redact=string' } });
  assert.equal(found((await app.said('file')).path), 0);
  await app.complains(/unrecognized option: redact=string/);
});
