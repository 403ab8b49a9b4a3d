// Runs one process and measures it from outside: wall time from spawn to exit, and peak memory as the
// operating system accounts it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

/** Peak memory of a process that cannot report its own, read while it lives; Linux only. */
function watchPeak(pid) {
  let peak = null;
  const look = () => {
    try {
      const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (kilobytes) peak = Number(kilobytes) * 1024;
    } catch { /* it is gone, or this is not Linux */ }
  };
  const timer = setInterval(look, 5);
  return () => { clearInterval(timer); return peak; };
}

/**
 * @param {{command: string, args: string[]}} process
 * @returns {Promise<{milliseconds: number, peakBytes: number|null, failed: boolean}>}
 */
export async function measure({ command, args }) {
  const start = process.hrtime.bigint();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
  const peak = watchPeak(child.pid);
  let reported = '';
  let tail = '';
  child.stdio[3].setEncoding('utf8').on('data', (text) => { reported += text; });
  child.stdout.setEncoding('utf8').on('data', (text) => { tail = (tail + text).slice(-200); });
  const [end, code] = await new Promise((resolve, reject) => {
    let at;
    child.on('error', reject);
    child.on('exit', () => { at = process.hrtime.bigint(); });
    child.on('close', (status) => resolve([at, status]));
  });
  const watched = peak();
  const own = reported || /"maxRss":(\d+)/.exec(tail)?.[1];
  return {
    milliseconds: Number(end - start) / 1e6,
    peakBytes: own ? Number(own) : watched,
    failed: code !== 0,
  };
}
