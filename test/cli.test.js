'use strict';
// The command line as people and scripts use it: in a separate process.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { adversarial } = require('./fixtures/make/adversarial.js');
const { Ours } = require('./oracle/ours.js');
const { cleanEnvironment } = require('./support/app.js');
const { PROGRAM, runSync } = require('./support/command.js');

const FIXTURE = path.resolve(__dirname, 'fixtures/node22.heapsnapshot.zst');
const [BEFORE, AFTER] = ['', '-later'].map((later) => path.resolve(__dirname, `fixtures/node20${later}.heapsnapshot.zst`));
const COMMANDS = [
  'summary',
  'statistics',
  'diff',
  'instances',
  'node',
  'children',
  'retainers',
  'paths',
  'dominators',
  'strings',
  'find',
  'nodes',
  'trend',
  'report',
];

const run = (...args) => runSync(...args, { env: { ...cleanEnvironment(), NO_COLOR: '' } });

function json(...args) {
  const { status, stdout, stderr } = run(...args, '--json');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return JSON.parse(stdout);
}

function temporary(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** Returns an object that is referred to and has a finite distance. */
function someObject(ours) {
  for (const node of ours.nodes()) if (node.type === 'object' && node.distance > 3) return node;
  throw new Error('the fixture has no such object');
}

test('the overview lists every command; each has help of its own', () => {
  const { status, stdout } = run('--help');
  assert.equal(status, 0);
  for (const command of COMMANDS) {
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    const help = run(command, '--help');
    assert.equal(help.status, 0);
    assert.match(help.stdout, new RegExp(`^usage: heapdump-rs ${command} `));
    assert.match(help.stdout, /--json/);
    assert.equal(run('help', command).stdout, help.stdout);
  }
  assert.equal(run('--version').stdout.trim(), require('../package.json').version);
});

test('wrong usage exits with 2 and names the error', () => {
  const cases = [
    [[], /^$/],
    [['fly'], /no command "fly"/],
    [['summary'], /usage: heapdump-rs summary FILE/],
    [['summary', FIXTURE, 'another'], /usage/],
    [['summary', FIXTURE, '--colour'], /--colour/],
    [['summary', FIXTURE, '--limit=many'], /--limit must be a whole number/],
    [['node', FIXTURE, 'x1'], /an id must be/],
    [['summary', FIXTURE, '--sort=beauty'], /--sort must be one of/],
    [['constructor'], /no command "constructor"/],
    [['restore', FIXTURE, '--redact=all'], /--redact must be one of strings, strict, not "all"/],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, message);
  }
});

test('a file that is missing, cut or something else exits with 3 and its code', (t) => {
  const folder = temporary(t);
  const { before } = adversarial(1);
  const write = (name, text) => {
    fs.writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const cases = [
    [path.join(folder, 'missing'), 'ENOENT'],
    [folder, 'EISDIR'],
    [write('empty', ''), 'ERR_HEAPDUMP_TRUNCATED'],
    [write('cut', before.slice(0, -500)), 'ERR_HEAPDUMP_TRUNCATED'],
    [write('binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0])), 'ERR_HEAPDUMP_PARSE'],
  ];
  for (const [file, code] of cases) {
    const { status, stderr, stdout } = run('summary', file);
    assert.equal(status, 3, stderr);
    assert.match(stderr, new RegExp(code));
    assert.ok(stderr.includes(path.basename(file)), stderr);
    assert.equal(stdout, '');
  }
});

test('an object that is not there exits with 3', () => {
  for (const command of ['node', 'retainers', 'children', 'paths', 'dominators']) {
    const { status, stderr } = run(command, FIXTURE, '4000000001');
    assert.equal(status, 3, command);
    assert.match(stderr, /ERR_HEAPDUMP_NODE_NOT_FOUND/);
  }
});

test('summary --json has totals and a row for each constructor, in the order of DevTools', (t) => {
  const ours = Ours.open(FIXTURE);
  t.after(() => ours.close());
  const { totals, statistics, rows } = json('summary', FIXTURE);
  assert.deepEqual(statistics, json('statistics', FIXTURE));
  const expected = ours.summary();
  assert.equal(totals.nodeCount, ours.nodeCount);
  assert.equal(totals.totalSize, expected.totals.totalSize);
  assert.equal(totals.rowCount, rows.length);
  const keys = ['constructor', 'classKey', 'count', 'distance', 'rawDistance', 'shallowSize', 'retainedSize'];
  assert.deepEqual(
    rows.map((row) => Object.fromEntries(keys.map((key) => [key, row[key]]))),
    expected.rows,
  );
  assert.equal(
    rows.reduce((sum, row) => sum + row.shallowSize, 0),
    totals.totalSize,
  );
});

test('summary: limit, offset, sort and match choose from the same rows', () => {
  const all = json('summary', FIXTURE).rows;
  assert.deepEqual(json('summary', FIXTURE, '--limit=5', '--offset=2').rows, all.slice(2, 7));
  const counts = json('summary', FIXTURE, '--sort=count').rows.map((row) => row.count);
  assert.deepEqual(
    counts,
    all.map((row) => row.count).sort((a, b) => b - a),
  );
  const matching = json('summary', FIXTURE, '--match=STRING').rows;
  assert.ok(matching.length > 0);
  assert.deepEqual(
    matching,
    all.filter((row) => row.constructor.toLowerCase().includes('string')),
  );
});

test('summary for people: aligned, separated thousands, percentages, no escape codes in a pipe', () => {
  const { stdout, status } = run('summary', FIXTURE, '--limit=10');
  assert.equal(status, 0);
  assert.doesNotMatch(stdout, /\u001b/);
  const lines = stdout.split('\n');
  const header = lines.findIndex((line) => line.startsWith('Constructor'));
  const table = lines.slice(header, header + 11);
  assert.equal(table.filter((line) => / \d{1,3}(,\d{3})+ +\d+ %$/.test(line)).length, 10);
  const end = table[0].indexOf('Count') + 'Count'.length;
  for (const line of table.slice(1)) assert.match(line.slice(0, end), /\d$/);
  assert.match(stdout, /10 of \d+ constructors shown/);
});

test('names from the heap cannot drive the terminal', (t) => {
  const folder = temporary(t);
  const file = path.join(folder, 'rude.heapsnapshot');
  const { before } = adversarial(2);
  assert.ok(before.includes('"Widget"'));
  fs.writeFileSync(file, before.replaceAll('"Widget"', '"\\u001b]0;owned\\u0007\\u202e\\nWidget"'));
  const { stdout, status } = run('summary', file, '--limit=1000');
  assert.equal(status, 0);
  assert.match(stdout, /^\\u\{1b\}\]0;owned\\u\{7\}\\u\{202e\}\\nWidget /m);

  assert.doesNotMatch(stdout, /[\u001b\u0007\u202e]/);
});

test('statistics: the slices add up to the total', () => {
  const { total, native, v8heap, slices } = json('statistics', FIXTURE);
  assert.equal(native.total + v8heap.total, total);
  assert.equal(
    slices.reduce((sum, slice) => sum + slice.size, 0),
    total,
  );
  assert.match(run('statistics', FIXTURE).stdout, /^Total +[\d,]+ +100 %$/m);
});

test('diff --json has totals and rows that add up, and finds the leaked objects', () => {
  const { totals, rows } = json('diff', BEFORE, AFTER);
  for (const field of ['addedCount', 'removedCount', 'countDelta', 'addedSize', 'removedSize', 'sizeDelta']) {
    assert.equal(
      rows.reduce((sum, row) => sum + row[field], 0),
      totals[field],
      field,
    );
  }
  const leaked = rows.find((row) => row.constructor === '{x, y, tag}');
  // 300 were created, and V8 may keep one more pattern to create them from.
  assert.ok(leaked.addedCount >= 300 && leaked.addedCount <= 302);
  assert.equal(leaked.removedCount, 0);
  const { stdout } = run('diff', BEFORE, AFTER);
  assert.match(stdout, /^\{x, y, tag\} +\+30\d +0 +\+30\d /m);
  // Then its retainers, and the path of an example to the roots.
  assert.match(stdout, /^New objects +Count +Size +Retained size +Owner +Path of an example\n/m);
  assert.match(stdout, /^\{x, y, tag\} +30\d +[\d,]+ +[\d,]+ +\{.*\} @\d+ +@\d+ \u2190 \d+ in Array \u2190 leaked in /m);
  assert.match(stdout, /^10 of \d+ groups of new objects shown; --new-objects=N shows more$/m);
  assert.match(run('diff', BEFORE, AFTER, '--new-objects=1').stdout, /^1 of \d+ groups/m);
  assert.doesNotMatch(run('diff', AFTER, AFTER).stdout, /New objects/);
});

test('instances, by name and by key', () => {
  const { rows: classes } = json('summary', FIXTURE, '--match=Session');
  assert.equal(classes.length, 2);
  const byName = json('instances', FIXTURE, 'Session');
  assert.equal(byName.totals.count, 70);
  for (const { classKey, count } of classes) {
    const { totals, rows } = json('instances', FIXTURE, classKey);
    assert.equal(totals.count, count);
    assert.ok(rows.every((row) => row.constructor === 'Session'));
  }
  assert.equal(json('instances', FIXTURE, 'Session', '--limit=3').rows.length, 3);
  assert.equal(json('instances', FIXTURE, 'NoSuchClass').totals.count, 0);
});

test('node, children, retainers, dominators and paths agree about an object', (t) => {
  const ours = Ours.open(FIXTURE);
  t.after(() => ours.close());
  const { id, dominatorId } = someObject(ours);
  const node = json('node', FIXTURE, `@${id}`);
  assert.equal(node.id, id);
  assert.equal(node.dominatorId, dominatorId);
  assert.equal(json('children', FIXTURE, String(id)).totals.count, node.edgeCount);

  const retainers = json('retainers', FIXTURE, String(id));
  const [nearest] = retainers.rows;
  assert.equal(nearest.distance, node.distance - 1);
  assert.ok(json('children', FIXTURE, String(nearest.id)).rows.some((row) => row.id === id && row.edge === nearest.edge));

  const chain = json('dominators', FIXTURE, String(id)).rows;
  assert.equal(chain[0].id, id);
  assert.equal(chain[1].id, dominatorId);
  assert.ok(json('dominators', FIXTURE, String(dominatorId), '--children').rows.some((row) => row.id === id));

  const { paths } = json('paths', FIXTURE, String(id));
  assert.ok(paths.length > 0);
  for (const path_ of paths) assert.ok(retainers.rows.some((row) => row.id === path_.id && row.edge === path_.edge));
  for (const command of ['node', 'children', 'retainers', 'dominators', 'paths']) {
    const { status, stdout } = run(command, FIXTURE, String(id));
    assert.equal(status, 0);
    assert.ok(stdout.length > 40, command);
  }
});

test('names are cut also where the output is not a terminal, unless --full asks for all', () => {
  for (const args of [
    ['find', FIXTURE, 'a', '--limit=100000'],
    ['strings', FIXTURE, '--limit=100000'],
    ['children', FIXTURE],
  ]) {
    const longest = (more) =>
      Math.max(
        ...run(...args, ...more)
          .stdout.split('\n')
          .map((line) => line.length),
      );
    assert.ok(longest([]) < 220, args[0]);
    if (args[0] !== 'children') assert.ok(longest(['--full']) > 900, args[0]);
  }
  for (const command of ['summary', 'instances', 'node', 'retainers', 'dominators', 'diff', 'trend'])
    assert.match(run(command, '--help').stdout, /--full/);
});

test('strings and find', () => {
  const duplicates = json('strings', FIXTURE);
  const same = duplicates.rows.find((row) => row.value === 'the same text again');
  assert.equal(same.count, same.ids.length);
  assert.ok(same.count >= 2);
  const { totals, rows } = json('find', FIXTURE, 'the same text', '--type=string');
  assert.ok(totals.count >= same.count);
  assert.ok(rows.every((row) => row.type === 'string' && row.name.includes('the same text')));
});

test('nodes: one line of JSON for each object, in the order of the file', (t) => {
  const ours = Ours.open(FIXTURE);
  t.after(() => ours.close());
  const { status, stdout } = run('nodes', FIXTURE);
  assert.equal(status, 0);
  const lines = stdout.split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.length, ours.nodeCount);
  let i = 0;
  for (const node of ours.nodes()) assert.deepEqual(JSON.parse(lines[i++]), node);
  assert.deepEqual(Object.keys(JSON.parse(lines[0])), [
    'id',
    'name',
    'type',
    'constructor',
    'selfSize',
    'shallowSize',
    'retainedSize',
    'distance',
    'rawDistance',
    'dominatorId',
    'detachedness',
  ]);
});

test('a reader that stops early ends the program quietly', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'nodes', FIXTURE], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code, signal] = await new Promise((resolve) => {
    child.on('close', (...end) => resolve(end));
  });
  assert.equal(signal, null);
  assert.equal(code, 0);
  assert.equal(stderr, '');
});
