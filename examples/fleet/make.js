'use strict';
// Makes the snapshots of the fleet: each host runs the releases one after the other, each in a process of its own, under traffic.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');
const SERVICE = path.join(__dirname, 'service');

/** Releases of the service, oldest first, with their version of `session-store`. */
const RELEASES = { '7.0.0': '1.4.0', '7.1.0': '1.4.0', '7.2.0': '1.5.0' };

/** Share of the hosts that get the last release. */
const CANARY_SHARE = 0.6;

/** Visits between two snapshots. As many before the first one let caches and compiled code settle. */
const VISITS = 1000;

/**
 * Returns what each host runs.
 *
 * @param {number} hostCount
 * @param {number} dumpCount snapshots of each host: at least three of each release
 * @returns {Array<{host: string, releases: Array<{release: string, dumps: number}>}>}
 */
function plan(hostCount, dumpCount) {
  const names = Object.keys(RELEASES);
  const each = Math.floor(dumpCount / names.length);
  if (each < 3) throw new Error(`a host needs at least ${names.length * 3} snapshots: three of each release show whether it grows`);
  return Array.from({ length: hostCount }, (_, i) => {
    const isCanary = i < Math.round(hostCount * CANARY_SHARE);
    const runs = isCanary ? names : names.slice(0, -1);
    const last = dumpCount - each * (runs.length - 1);
    return {
      host: `web-${String(i + 1).padStart(2, '0')}`,
      releases: runs.map((release, at) => ({ release, dumps: at === runs.length - 1 ? last : each })),
    };
  });
}

/** Writes the releases below `directory`, as a deployment does. */
function deploy(directory) {
  for (const [release, store] of Object.entries(RELEASES)) {
    const to = path.join(directory, release);
    fs.mkdirSync(path.join(to, 'node_modules'), { recursive: true });
    fs.writeFileSync(path.join(to, 'package.json'), JSON.stringify({ name: 'shop', version: release, private: true }));
    fs.copyFileSync(path.join(SERVICE, 'app.js'), path.join(to, 'app.js'));
    fs.cpSync(path.join(SERVICE, `packages/session-store-${store}`), path.join(to, 'node_modules/session-store'), { recursive: true });
    fs.symlinkSync(ROOT, path.join(to, 'node_modules/heapdump-rs'), 'junction');
  }
}

/**
 * Runs one release under traffic.
 *
 * @param {string} app directory of the release
 * @param {string} to directory of the snapshots
 * @param {number} dumps
 * @returns {Promise<string[]>} the snapshots, oldest first
 */
async function observe(app, to, dumps) {
  fs.mkdirSync(to, { recursive: true });
  const service = fork(path.join(app, 'app.js'), { cwd: app, env: { ...process.env, NODE_HEAPDUMP_OPTIONS: 'nosignal' } });
  const ended = once(service, 'exit').then(([code, signal]) => { throw new Error(`the service ended: ${code ?? signal}`); });
  ended.catch(() => {}); // it ends below, too
  const ask = async (message) => {
    service.send(message);
    const [answer] = await Promise.race([once(service, 'message'), ended]);
    return answer;
  };
  const files = [];
  try {
    await ask({ visits: VISITS });
    for (let i = 1; i <= dumps; i++) {
      const dumpTo = path.join(to, `${service.pid}-${i}.heapsnapshot.zst`);
      const { file } = await ask({ visits: VISITS, dumpTo });
      files.push(file);
    }
  } finally {
    const isEnded = service.exitCode !== null || service.signalCode !== null;
    if (!isEnded && service.kill()) await once(service, 'exit');
  }
  return files;
}

module.exports = { RELEASES, deploy, observe, plan };
