// Runs one process and measures it from outside: wall time from spawn to exit, and peak memory as accounted by the operating
// system.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

/** Clock ticks per second of /proc/PID/stat; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Samples the resources of a running process that does not report them. Linux only. */
function watch(pid) {
  const seen = {};
  const look = () => {
    try {
      const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (kilobytes) seen.maxRss = Number(kilobytes) * 1024;
      const [user, system] = fs
        .readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .slice(11, 13);
      seen.cpuSeconds = (Number(user) + Number(system)) / TICKS;
    } catch {
      /* it is gone, or this is not Linux */
    }
  };
  const timer = setInterval(look, 5);
  return () => {
    clearInterval(timer);
    return seen;
  };
}

/**
 * @param {{command: string, args: string[], isSilent?: boolean}} process `isSilent`: the process does not report its resources,
 *   so they are sampled, which costs it some processor time
 * @returns {Promise<{seconds: number, cpuSeconds?: number, bytes?: number, failed: boolean}>}
 */
export async function measure({ command, args, isSilent }) {
  const start = process.hrtime.bigint();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  const stop = isSilent ? watch(child.pid) : () => ({});
  let reported = '';
  let tail = '';
  child.stdio[3].setEncoding('utf8').on('data', (text) => {
    reported += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text) => {
    tail = (tail + text).slice(-200);
  });
  const [end, code] = await new Promise((resolve, reject) => {
    let at;
    child.on('error', reject);
    child.on('exit', () => {
      at = process.hrtime.bigint();
    });
    child.on('close', (status) => resolve([at, status]));
  });
  // The lower bound reports on stdout, the others over the extra descriptor.
  const own = /\{[^{}]*"maxRss":[^{}]*\}/.exec(reported || tail);
  const { maxRss, cpuSeconds } = { ...stop(), ...(own ? JSON.parse(own[0]) : {}) };
  return { seconds: Number(end - start) / 1e9, cpuSeconds, bytes: maxRss, failed: code !== 0 };
}
