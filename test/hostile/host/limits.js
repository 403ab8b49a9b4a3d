'use strict';
// Resource limits: too few files, processes, bytes of stack, memory or disk. A dump succeeds or fails with a code, and the service
// continues; when the limit is lifted, the next dump succeeds.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Skipped, demand, hostileCase } = require('./case.js');
const { checkFile, nothingLeft, startService } = require('./service.js');

/** A user without privileges, because limits on processes do not apply to root. */
const OTHER_USER = 54321;
const AS_OTHER_USER = ['setpriv', `--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, '--clear-groups'];

const MB = 1_000_000;

/** Opens files until the limit is reached, and closes them again. */
const TAKES_FILES = `
  const taken = [];
  process.stdin.on('data', (text) => {
    if (/^0$/m.test(text)) try { for (;;) taken.push(require('node:fs').openSync('/dev/null')); } catch { say('taken', taken.length); }
    if (/^1$/m.test(text)) for (const fd of taken.splice(0)) require('node:fs').closeSync(fd);
  });
`;

function limit(pid, one, prefix = []) {
  const [command, ...args] = [...prefix, 'prlimit', '--pid', String(pid), one];
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Skipped(`prlimit: ${stderr.trim()}`);
}

function virtualBytes(pid) {
  return Number(/^VmSize:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** Requests a dump. Returns how it ended, and checks that the service works and that the file is complete. */
async function attempt(service) {
  service.app.kill('SIGUSR2');
  const detail = await service.app.said('outcome');
  if (detail.path === undefined) {
    assert.equal(typeof detail.code, 'string', `an error without a code: ${detail.message}`);
    assert.notEqual(detail.code, 'ERR_HEAPDUMP_INTERNAL', detail.message);
  } else {
    const file = path.resolve(service.directory, detail.path);
    checkFile(file);
    fs.unlinkSync(file);
  }
  await service.works();
  nothingLeft(service.directory);
  return detail.code ?? detail.method;
}

/** The limit is lifted, so a dump must succeed. */
async function recovers(service) {
  const { path: file } = await service.signal();
  checkFile(path.resolve(service.directory, file));
  await service.works();
}

async function start(t, executable, options) {
  const [command, ...args] = options.prefix ?? ['true'];
  if (command !== 'true') await demand('the limit cannot be set here', command, [...args, executable, '-e', '0']);
  const service = startService(t, { node: executable, ...options });
  fs.chmodSync(service.directory, 0o777);
  await service.ready();
  return service;
}

async function fewFiles(t, executable) {
  const seen = [];
  for (const files of [26, 32, 48]) {
    const prefix = ['prlimit', `--nofile=${files}`];
    if (spawnSync(prefix[0], [...prefix.slice(1), executable, '-e', 'setTimeout(() => {}, 1)']).status !== 0) continue;
    const service = await start(t, executable, { prefix });
    seen.push(`${files} files: ${await attempt(service)}`);
    await service.end();
  }
  return seen.join(', ');
}

async function noFilesLeft(t, executable) {
  const service = await start(t, executable, { prefix: ['prlimit', '--nofile=100'], after: TAKES_FILES });
  const detail = [];
  for (let i = 0; i < 2; i += 1) {
    service.app.tell('0');
    await service.app.said('taken');
    await service.app.said('answer');
    detail.push(await attempt(service));
    service.app.tell('1');
    await service.app.said('answer');
    await recovers(service);
  }
  await service.end();
  return detail.join(', ');
}

async function noProcesses(t, executable) {
  const service = await start(t, executable, { prefix: AS_OTHER_USER });
  const before = /^Max processes +(\d+|unlimited)/m.exec(fs.readFileSync(`/proc/${service.app.pid}/limits`, 'utf8'))[1];
  // Only this user, or one with more capabilities than root can have here, changes the limit.
  limit(service.app.pid, '--nproc=1:', AS_OTHER_USER);
  const detail = [await attempt(service), await attempt(service)];
  limit(service.app.pid, `--nproc=${before}:`, AS_OTHER_USER);
  await recovers(service);
  await service.end();
  return detail.join(', ');
}

async function smallStack(t, executable) {
  const seen = [];
  for (const [kilobytes, flags] of [
    [1100, []],
    [512, ['--stack-size=300']],
    [256, ['--stack-size=100']],
  ]) {
    const service = await start(t, executable, { prefix: ['prlimit', `--stack=${kilobytes * 1024}`], execArgv: flags });
    seen.push(`${kilobytes} kB: ${await attempt(service)}`);
    await recovers(service);
    await service.end();
  }
  return seen.join(', ');
}

/** Limits the address space to slightly more than the used part. With less than 10 MB more, Node itself crashes. */
async function smallSpace(t, executable, resource, margins) {
  const seen = [];
  for (const margin of margins) {
    const service = await start(t, executable, {});
    limit(service.app.pid, `--${resource}=${virtualBytes(service.app.pid) + margin}:`);
    seen.push(`${margin / MB} MB: ${await attempt(service)}`);
    limit(service.app.pid, `--${resource}=unlimited:`);
    await recovers(service);
    await service.end();
  }
  return seen.join(', ');
}

async function smallFiles(t, executable) {
  const seen = [];
  for (const bytes of [0, 1000, MB]) {
    const service = await start(t, executable, {
      prefix: ['prlimit', `--fsize=${bytes}:`],
      env: { NODE_HEAPDUMP_OPTIONS: 'force' },
    });
    const code = await attempt(service);
    assert.equal(code, 'EFBIG');
    limit(service.app.pid, '--fsize=unlimited:');
    await recovers(service);
    await service.end();
    seen.push(`${bytes} bytes: ${code}`);
  }
  return seen.join(', ');
}

async function cores(t, executable) {
  const seen = [];
  for (const size of ['0', 'unlimited']) {
    const service = await start(t, executable, { prefix: ['prlimit', `--core=${size}`] });
    seen.push(await attempt(service));
    await service.end();
    assert.deepEqual(
      fs.readdirSync(service.directory).filter((name) => /^core/.test(name)),
      [],
    );
  }
  return seen.join(', ');
}

/** Cases that are similar to one in the brief run. */
const WHOLE_ONLY = ['a small stack', 'a small data segment', 'no core files, and any'];

function limitCases({ nodes, brief }) {
  if (process.platform !== 'linux') return [];
  const margins = brief ? [30 * MB] : [10 * MB, 30 * MB, 100 * MB, 300 * MB, 1000 * MB];
  return nodes.flatMap(({ executable, version }) =>
    [
      ['few files', fewFiles],
      ['no files left', noFilesLeft],
      ['no processes', noProcesses],
      ['a small stack', smallStack],
      ['a small address space', (t) => smallSpace(t, executable, 'as', margins)],
      ['a small data segment', (t) => smallSpace(t, executable, 'data', margins)],
      ['small files', smallFiles],
      ['no core files, and any', cores],
    ]
      .filter(([name]) => !brief || !WHOLE_ONLY.includes(name))
      .map(([name, body]) => hostileCase(`${name}, Node ${version}`, (t) => body(t, executable))),
  );
}

module.exports = { AS_OTHER_USER, OTHER_USER, attempt, limitCases, recovers };
