'use strict';
// In one of a hundred processes V8 maps its code directly after `[heap]`. The main arena of glibc then goes on in other anonymous
// mappings, whose untouched pages a ledger cannot tell from its blocks. Programs that compare bytes start again in another process.

const fs = require('node:fs');
const { spawnSync } = require('node:child_process');

/** Bytes by which the heap must be able to grow. */
const ROOM_BYTES = 512 << 20;

/** Exit code of a process whose heap cannot grow. */
const NO_ROOM = 75;

const MAX_ATTEMPTS = 10;

/** Ends this process if its heap cannot grow. */
function requireRoom() {
  const ranges = fs.readFileSync('/proc/self/maps', 'utf8').split('\n');
  const at = ranges.findIndex((line) => line.endsWith('[heap]'));
  if (at < 0) return;
  const boundary = (line, index) => Number.parseInt(line.split(' ')[0].split('-')[index], 16);
  if (boundary(ranges[at + 1], 0) - boundary(ranges[at], 1) < ROOM_BYTES) process.exit(NO_ROOM);
}

/** Runs a program that calls `requireRoom()`, again while its heap cannot grow. Returns its output. */
function outputWithRoom(args, env) {
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', maxBuffer: 64 << 20 });
    if (status === 0) return stdout;
    if (status !== NO_ROOM) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  }
  throw new Error(`no process of ${MAX_ATTEMPTS} has a heap that can grow`);
}

module.exports = { outputWithRoom, requireRoom };
