'use strict';
// Runs in a process of its own, after the command has ended: closes the inspector of a process that did not answer, as soon as it
// answers.

const { lives } = require('../target/processes.js');
const { Inspector, findInspector, poll } = require('./inspector.js');
const { openSession } = require('./session.js');
const { listeningSockets } = require('./sockets.js');

const TIMEOUT_MS = 600_000;
const POLL_MS = 200;

async function closeInspector({ target, known }) {
  const look = () => {
    if (!lives(target)) return null;
    return findInspector(
      target,
      listeningSockets(target.pid).filter(({ inode }) => !known.includes(inode)),
    );
  };
  const found = await poll(look, TIMEOUT_MS, { everyMs: POLL_MS });
  if (!found) return;
  const session = await openSession(target, found.address, found.path);
  await session.evaluate('0', TIMEOUT_MS);
  await new Inspector(target, session, found.address, false).close();
}

process.title = 'heapdump-rs closes an inspector';
closeInspector(JSON.parse(process.argv[2])).catch(() => {});
