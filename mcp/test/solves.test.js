// Leak programs of test/leaks, solved by a scripted agent through the tools alone.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cleanup } from '../../test/support/cleanup.js';
import { solveFiles, solveProcess } from './agent.js';
import { ROOT, Server, temporary } from './client.js';

const PROGRAMS = path.join(ROOT, 'test/leaks/programs');
const REGISTER = path.join(ROOT, 'register.js');
const IS_LINUX = process.platform === 'linux';
const LONG = { timeout: 280_000 };

const expectationOf = (file) => JSON.parse(fs.readFileSync(path.join(PROGRAMS, file.replace(/\.m?js$/, '.expect.json')), 'utf8'));

/**
 * Checks that an answer names what the expectation of the program says.
 * @param {boolean} [hasEqualSteps] A program that runs leaks by the clock, and on a busy machine its snapshots are not taken by the
 *   clock: unequal steps are a reason for a suspect.
 */
function assertSolved(file, { finding, object }, hasEqualSteps = false) {
  const { kind, mention = [], anyOf = [] } = expectationOf(file);
  assert.ok((hasEqualSteps ? ['leak'] : ['leak', 'suspect']).includes(finding?.severity), JSON.stringify(finding));
  assert.equal(finding.kind, kind);
  const text = JSON.stringify(finding);
  for (const name of mention) assert.ok(text.includes(name), `${name} in ${text}`);
  for (const names of anyOf)
    assert.ok(
      names.some((name) => text.includes(name)),
      `one of ${names} in ${text}`,
    );
  assert.ok(finding.fix.length > 0);
  if (object) assert.ok(object.object.retainedBytes > 0 && object.dominators.length > 0);
}

/** Starts a program that leaks for as long as it runs. */
async function start(t, file, nodeArgs = []) {
  const directory = temporary(t);
  const child = spawn(process.execPath, [...nodeArgs, path.join(PROGRAMS, file)], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanup(t, () => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

for (const file of ['abort-signal.js', 'pending-promises.js']) {
  test(`${file}: a process that has loaded heapdump-rs`, { ...LONG, skip: process.platform === 'win32' }, async (t) => {
    const { pid } = await start(t, file, ['--require', REGISTER]);
    const server = await Server.start(t, ['--dir', PROGRAMS]);
    const solved = await solveProcess(server, pid, file, { mayAttach: false });
    assertSolved(file, solved);
    assert.ok(solved.finding.code.length > 0, 'shows the code, which is below --dir');
    // The files were private, and are removed when they are closed.
    const { open } = await server.ask('list_snapshots');
    assert.deepEqual(open, []);
  });
}

test('esm-export.mjs: a process that has to be attached to', { ...LONG, skip: !IS_LINUX }, async (t) => {
  const { pid } = await start(t, 'esm-export.mjs');
  const server = await Server.start(t, ['--dir', PROGRAMS]);
  // The consent of the command line: nothing happens without it.
  assert.equal(await server.codeOf('find_leaks', { process: pid }), 'ERR_HEAPDUMP_NOT_ATTACHED');
  assert.equal(await server.codeOf('take_snapshot', { process: pid }), 'ERR_HEAPDUMP_NOT_ATTACHED');
  assertSolved('esm-export.mjs', await solveProcess(server, pid, 'esm-export.mjs', { mayAttach: true }));
});

for (const file of ['dictionary.js', 'arrow-chain.js']) {
  test(`${file}: files`, LONG, async (t) => {
    const directory = temporary(t);
    const { status, stderr } = spawnSync(process.execPath, [path.join(PROGRAMS, file), directory], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const server = await Server.start(t, ['--dir', directory]);
    const solved = await solveFiles(server);
    assertSolved(file, solved, true);
    // Its keys hold a word that the code does not have.
    assert.ok(!JSON.stringify(solved).includes('hunter2'));
    assert.deepEqual(solved.finding.code, [], 'the code is outside of --dir');
  });
}
