'use strict';
// Debuggers: a dump is requested while one is paused at a breakpoint, takes a snapshot itself, or disconnects.

const assert = require('node:assert/strict');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { checkSnapshot } = require('../../support/snapshot.js');
const { hostileCase } = require('./case.js');
const { InspectorClient } = require('./inspector-client.js');
const { PLANTED, checkFile, startService, tally } = require('./service.js');

/** Longer than the timeout of a blocked thread. */
const PAUSE_MS = 2500;

/** A session of a worker that repeatedly pauses the main thread at a breakpoint. */
const HOLDS_FROM_WORKER = `
  const holder = new (require('node:worker_threads').Worker)(\`
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    const say = (is) => require('node:fs').writeSync(3, JSON.stringify({ is }) + '\\\\n');
    session.on('Debugger.paused', () => {
      say('paused');
      setTimeout(() => session.post('Debugger.resume', () => say('resumed')), ${PAUSE_MS});
    });
    session.post('Debugger.enable');
    require('node:worker_threads').parentPort.on('message', () => session.post('Debugger.pause'));
  \`, { eval: true, stdout: true });
  holder.unref();
  process.stdin.on('data', (text) => { if (/^0$/m.test(text)) holder.postMessage('pause'); });
`;

async function attached(t, executable, options) {
  const service = startService(t, { node: executable, execArgv: ['--inspect=0'], ...options });
  await service.ready();
  const [, url] = await service.app.complains(/Debugger listening on (ws:\S+)/);
  const connect = async () => {
    const client = await InspectorClient.connect(url);
    t.after(() => client.close());
    return client;
  };
  return { service, connect };
}

/** A client that is paused at a breakpoint while the signal arrives. */
async function atBreakpoint(t, executable, rounds) {
  const { service, connect } = await attached(t, executable);
  const client = await connect();
  await client.post('Debugger.enable');
  const methods = [];
  let duringPause = 0;
  for (let i = 0; i < rounds; i += 1) {
    const paused = client.next('Debugger.paused');
    await client.post('Runtime.evaluate', {
      expression: 'setTimeout(() => { const local = planted.values.size; debugger; return local; })',
    });
    const { callFrames } = await paused;
    const outcome = service.signal();
    await Promise.race([
      outcome.then(() => {
        duringPause += 1;
      }),
      sleep(PAUSE_MS),
    ]);
    const { result } = await client.post('Debugger.evaluateOnCallFrame', {
      callFrameId: callFrames[0].callFrameId,
      expression: 'local + 0',
    });
    assert.equal(result.value, PLANTED, 'the debugger works at the breakpoint');
    await client.post('Debugger.resume');
    const { path: file, method } = await outcome;
    methods.push(method);
    checkFile(path.resolve(service.directory, file));
    await service.works();
  }
  client.close();
  await service.works();
  await service.end();
  return `${tally(methods)}; ${duringPause} during the pause`;
}

async function heldByWorker(t, executable, rounds) {
  const service = startService(t, { node: executable, after: HOLDS_FROM_WORKER });
  await service.ready();
  const methods = [];
  for (let i = 0; i < rounds; i += 1) {
    service.app.tell('0');
    await service.app.said('paused');
    const { path: file, method } = await service.signal();
    methods.push(method);
    checkFile(path.resolve(service.directory, file));
    await service.app.said('resumed');
    assert.equal(await service.app.said('answer'), 0);
    await service.works();
  }
  await service.end();
  return tally(methods);
}

/** Lets a client take a snapshot, and checks it. */
async function clientSnapshot(client) {
  await client.post('HeapProfiler.enable');
  let text = '';
  client.chunk = (chunk) => {
    text += chunk;
  };
  if (!client.hasChunks) client.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => client.chunk(chunk));
  client.hasChunks = true;
  await client.post('HeapProfiler.takeHeapSnapshot', { reportProgress: true });
  const whole = checkSnapshot(JSON.parse(text));
  assert.equal(whole.count('PlantedLink'), PLANTED, "planted links in the client's snapshot");
}

/** Two clients: one takes a snapshot while the signal arrives, the other records allocations. */
async function twoClients(t, executable, rounds, mode) {
  const { service, connect } = await attached(t, executable, { env: { NODE_HEAPDUMP_OPTIONS: `mode=${mode}` } });
  const [taker, recorder] = [await connect(), await connect()];
  await recorder.post('HeapProfiler.enable');
  await recorder.post('Debugger.enable');
  await recorder.post('HeapProfiler.startSampling', {});
  const methods = [];
  for (let i = 0; i < rounds; i += 1) {
    if (i % 3 === 1) await recorder.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
    const theirs = clientSnapshot(taker);
    const [{ path: file, method }] = await Promise.all([service.signal(), theirs]);
    methods.push(method);
    checkFile(path.resolve(service.directory, file));
    if (i % 3 === 1) await recorder.post('HeapProfiler.stopTrackingHeapObjects', { reportProgress: false });
    await service.works();
  }
  const { profile } = await recorder.post('HeapProfiler.stopSampling');
  assert.ok(profile.head, 'the sampling profile of the other client');
  taker.close();
  recorder.close();
  await service.end();
  return tally(methods);
}

/** Clients that connect, take a snapshot, and disconnect in the middle of it. */
async function comingAndGoing(t, executable, rounds) {
  const { service, connect } = await attached(t, executable);
  const methods = [];
  for (let i = 0; i < rounds; i += 1) {
    const client = await connect();
    await client.post('HeapProfiler.enable');
    await client.post('Debugger.enable');
    const chunk = client.next('HeapProfiler.addHeapSnapshotChunk');
    const outcome = service.signal();
    client.post('HeapProfiler.takeHeapSnapshot', { reportProgress: false }).catch(() => {});
    if (i % 2) await chunk;
    client.close();
    const { path: file, method } = await outcome;
    methods.push(method);
    checkFile(path.resolve(service.directory, file));
    await service.works();
  }
  await service.end();
  return tally(methods);
}

function debuggerCases({ nodes, brief }) {
  const rounds = brief ? 2 : 6;
  return nodes.flatMap(({ executable, version }) => [
    hostileCase(`a debugger stands at a breakpoint, Node ${version}`, (t) => atBreakpoint(t, executable, rounds)),
    hostileCase(`a session of a worker holds the main thread at a breakpoint, Node ${version}`, (t) =>
      heldByWorker(t, executable, rounds),
    ),
    hostileCase(`two clients, one takes a snapshot at the same time, Node ${version}`, (t) =>
      twoClients(t, executable, rounds, 'auto'),
    ),
    hostileCase(`two clients, one takes a snapshot at the same time as one in place, Node ${version}`, (t) =>
      twoClients(t, executable, rounds, 'inline'),
    ),
    hostileCase(`clients that go away during a snapshot, Node ${version}`, (t) => comingAndGoing(t, executable, rounds)),
  ]);
}

module.exports = { debuggerCases };
