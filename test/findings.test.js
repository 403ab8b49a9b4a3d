'use strict';
// Leaks are named, and healthy programs are not reported. `npm run test:leaks` runs all programs.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const vm = require('node:vm');
const heapdump = require('../index.js');
const { render } = require('../lib/messages.js');
const { OWN, SINGLE, check, programs, snapshots } = require('./leaks/run.js');
const { runSync } = require('./support/command.js');

/** One program for each rule, and programs that look like leaks. */
const CHOSEN =
  /^(arrow-chain|async-handler|async-hook|async-resource|context-in-handles|growing-text|healthy-siblings|healthy-twins|block-scope|changed-source|dashboard|eval-reader|abort-signal|interval-method|dictionary|map-of-arrays|parked-async|sliced-records|healthy-filling|healthy-latest|healthy-pool|healthy-undo)$/;

for (const program of programs(OWN).filter(({ name }) => CHOSEN.test(name))) {
  test(`${program.name} is ${program.expected.leak ? 'explained' : 'silent'}`, () => {
    assert.deepEqual(check(process.execPath, program).wrong, []);
  });
}

// After a crash there is only one snapshot.
for (const program of programs(SINGLE)) {
  test(`one snapshot of ${program.name} is enough`, () => {
    assert.deepEqual(check(process.execPath, program).wrong, []);
  });
}

/** Snapshots of a program with a secret in the keys and values of the leaked objects. */
let folder;
let files;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-findings-'));
  files = snapshots(process.execPath, path.join(OWN, 'dictionary.js'), folder);
});
after(() => fs.rmSync(folder, { recursive: true }));

const suspects = (...args) => runSync('suspects', ...args);

test('findings contain no contents of strings', () => {
  for (const args of [files, [...files, '--json'], [files[2]], [files[2], '--json']]) {
    assert.doesNotMatch(suspects(...args).stdout, /hunter2/);
  }
});

test('the command line and JavaScript give the same findings', async () => {
  const { memory, ...report } = JSON.parse(suspects(...files, '--json').stdout);
  assert.equal(memory, null, 'there are no sidecars');
  const { findings } = report;
  assert.ok(findings.length > 0);
  assert.deepEqual(await heapdump.leakReport(files), report);
  assert.deepEqual(heapdump.leakReportSync(files), report);
  assert.deepEqual(await heapdump.findLeaks(files), findings);
  assert.deepEqual(heapdump.findLeaksSync(files), findings);
  const opened = files.map((file) => heapdump.openSync(file));
  assert.deepEqual(heapdump.findLeaksSync(opened), findings);
  assert.deepEqual(opened[2].suspectsSync(), heapdump.findLeaksSync([opened[2]]));
  for (const snapshot of opened) snapshot.close();
});

test('messages render to the texts, in each language', () => {
  for (const some of [files, files.slice(0, 2), [files[2]]]) {
    const { findings, conclusion, messages } = heapdump.leakReportSync(some);
    const all = [[conclusion, messages.conclusion]];
    for (const { title, sentence, fix, messages, frames } of findings) {
      all.push([title, [messages.title]], [sentence, messages.sentence], [fix, [messages.fix]]);
      all.push(...frames.flatMap(({ labels }) => labels).map(({ text, message }) => [text, [message]]));
    }
    for (const [text, said] of all) {
      assert.equal(render('en', said), text);
      assert.match(render('zh', said), /\p{Script=Han}/u);
    }
  }
});

test('the conclusion states how the heap grew, and the part that the leaks explain', () => {
  const {
    findings: [top],
    growth,
    conclusion,
  } = heapdump.leakReportSync(files);
  assert.deepEqual(
    growth.sizes,
    files.map((file) => heapdump.openSync(file).totalSize),
  );
  assert.ok(growth.steadyPerStep > 1024 && growth.explainedPerStep * 2 > growth.steadyPerStep, JSON.stringify(growth));
  assert.match(
    conclusion,
    /^The heap grew from .* in 2 steps: .* were added and retained in each step\. The leaks below explain .* of it\.$/,
  );
  const { bytesPerStep, ofBytesPerStep } = top.evidence.explained;
  assert.ok(bytesPerStep > 0 && bytesPerStep <= ofBytesPerStep);
  // People read it first, and it covers all findings.
  const { stdout } = suspects(...files);
  assert.ok(stdout.replaceAll('\n', ' ').startsWith(`${conclusion} `), stdout);
  assert.equal(heapdump.leakReportSync(files, { limit: 0, ignore: [top.signature] }).conclusion, conclusion);
});

test('one snapshot has a conclusion, too: the largest owners, and the next step', () => {
  const { findings, growth, conclusion } = heapdump.leakReportSync([files[2]]);
  assert.deepEqual(growth, { sizes: [heapdump.openSync(files[2]).totalSize], steadyPerStep: 0, explainedPerStep: 0 });
  assert.ok(findings.every(({ evidence }) => evidence.explained === undefined));
  assert.match(
    conclusion,
    /^The heap has .* One snapshot shows what holds memory.* (Largest owners: .* %|No single object holds a tenth of it)\. To see what grows, take two more/,
  );
});

/** A Buffer that is replaced by a larger one, so that no objects accumulate. */
const OUTSIDE = `
const heapdump = require(${JSON.stringify(path.resolve(__dirname, '../index.js'))});
const path = require('node:path');
const state = { buffer: null };
async function main([folder, sidecar]) {
  for (let round = 0; round < 4; round++) {
    state.buffer = Buffer.alloc((round + 1) * 16e6, 1);
    const name = round === 0 ? 'warm-up' : String(round);
    await heapdump.dump({ path: path.join(folder, name + '.heapsnapshot'), mode: 'inline', sidecar: sidecar === 'sidecar' });
  }
}
main(process.argv.slice(2));
`;

test('a flat heap points to the memory outside of it, with numbers', (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-rs-findings-outside-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  const program = path.join(directory, 'outside.js');
  fs.writeFileSync(program, OUTSIDE);
  const taken = snapshots(process.execPath, program, directory, ['sidecar']).filter((file) => !file.includes('warm-up'));
  const { findings, conclusion } = heapdump.leakReportSync(taken);
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'leak'),
    [],
  );
  assert.match(conclusion, /^The JavaScript heap is flat: /);
  assert.match(conclusion, /Memory outside of the heap grew: ArrayBuffers from 32\.\d MB to 64\.\d MB/);
  assert.match(
    conclusion,
    /RSS of the process grew from .* MB to .* MB\. Look for Buffers that are never released, or that become larger\.$/,
  );
  for (const file of taken) fs.rmSync(`${file}.json`);
  const { stdout } = suspects(...taken);
  assert.match(stdout.replaceAll('\n', ' '), /^The JavaScript heap is flat: (?!.*RSS).* Look for Buffers/);
});

test('a check fails when there is a leak that is not known', () => {
  assert.equal(suspects(...files).status, 0);
  assert.equal(suspects(...files, '--fail-on', 'leak').status, 1);
  const [{ signature }] = heapdump.findLeaksSync(files);
  const known = path.join(folder, 'known');
  fs.writeFileSync(known, `# we know\n${signature}\n`);
  const { status, stdout } = suspects(...files, '--fail-on', 'leak', '--ignore', known);
  assert.equal(status, 0);
  assert.match(stdout, /1 known left out/);
  assert.deepEqual(heapdump.findLeaksSync(files, { ignore: [signature] }), []);
});

test('wrong usage is an error', () => {
  assert.equal(suspects().status, 2);
  assert.equal(suspects(...files, '--fail-on', 'everything').status, 2);
  assert.equal(suspects(path.join(folder, 'nothing')).status, 3);
  for (const wrong of [undefined, [], 'a', [1]]) {
    assert.throws(() => heapdump.findLeaks(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => heapdump.findLeaksSync(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => heapdump.leakReport(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => heapdump.leakReportSync(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => heapdump.findLeaks(files, { ignore: 'x' }), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('snapshots of different processes are refused', async () => {
  const other = path.join(__dirname, 'fixtures/node22.heapsnapshot.zst');
  await assert.rejects(heapdump.findLeaks([other, files[2]]), { code: 'ERR_HEAPDUMP_DIFFERENT_PROCESS' });
});

test('the work can be aborted', async () => {
  await assert.rejects(heapdump.findLeaks(files, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('nodes of a page that are detached are named, with the variable that holds them', () => {
  const page = ['before', 'after'].map((name) => path.join(__dirname, 'fixtures/page', `${name}.heapsnapshot.zst`));
  const [top, ...others] = heapdump.findLeaksSync(page);
  assert.equal(top.kind, 'detached-dom');
  assert.equal(top.severity, 'leak');
  assert.match(top.sentence, /not part of a document .*<section>.* `closed\.element` \(.*page\.js:2:7\)/);
  assert.deepEqual(
    top.path.slice(-3).map(({ edge }) => edge),
    ['closed', 'entry', '.element'],
  );
  assert.deepEqual(
    others.filter(({ severity }) => severity === 'leak'),
    [],
    'objects of the browser itself',
  );
});

/** Code with an unread variable, longer than the text that a snapshot contains. */
const GENERATED = `${'// generated\n'.repeat(120)}
const kept = [];
function make(n) {
  const tree = Array.from({ length: 60 }, (_, i) => ({ n, node: 'node ' + i + ' of ' + n }));
  const walk = () => tree.length;
  kept.push(() => n);
  return walk();
}
`;

test('findings of a live heap use the running script text, even if the file is missing or has changed', async (t) => {
  const file = path.join(folder, 'deployed.js');
  fs.writeFileSync(file, `${GENERATED} module.exports = make;`);
  const deployed = require(file);
  fs.writeFileSync(file, '// another version');
  for (const [name, make] of [
    ['generated.js', vm.runInThisContext(`(() => { ${GENERATED} return make; })()`, { filename: 'generated.js' })],
    ['deployed.js', deployed],
  ]) {
    const opened = [];
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 40; n++) make(n);
      opened.push(await heapdump.snapshot());
    }
    t.after(() => opened.forEach((snapshot) => snapshot.close()));
    const found = (await heapdump.findLeaks(opened)).find(
      ({ kind, culprit }) => kind === 'closure-context' && culprit.location.file.endsWith(name),
    );
    assert.equal(found?.severity, 'leak', name);
    assert.match(found.sentence, /`tree` .* which no living function reads \(only `walk` did/);
    const alone = opened[1]
      .suspectsSync()
      .find(({ kind, culprit }) => kind === 'closure-context' && culprit.location.file.endsWith(name));
    assert.equal(alone.confidence, 0.95);
    const group = opened[1]
      .closuresSync({ limit: 1000 })
      .find(({ location, count }) => location?.file.endsWith(name) && count === 80);
    assert.equal(group.variables.find((variable) => variable.name === 'tree').isRead, false);
  }
});
