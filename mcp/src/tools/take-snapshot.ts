import * as z from 'zod/v4';
import { attach, bytes, processName, timeoutSeconds } from '../schemas.js';
import { tool } from '../tool.js';

export const takeSnapshot = tool({
  name: 'take_snapshot',
  title: 'Take a heap snapshot',
  description: `Makes a running Node.js process write one heap snapshot, and returns the path of the complete file; open it with
open_snapshot. To find a leak, find_leaks is better: it takes several and compares them. A process that has loaded heapdump-rs gets its
signal, and on Linux a forked child writes the snapshot while the process goes on. Otherwise the call fails with
ERR_HEAPDUMP_NOT_ATTACHED unless attach is true. The file can be as large as the heap and contains all its strings, secrets included,
unless redact is set.`,
  input: {
    process: processName,
    attach,
    directory: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('Directory of the file, below a directory of the server (see list_snapshots). The first of these by default.'),
    redact: z
      .enum(['strings', 'strict'])
      .optional()
      .describe('"strings" leaves contents of strings out of the file; "strict" also replaces names that look like data.'),
    timeoutSeconds,
  },
  output: {
    pid: z.int(),
    path: z.string().describe('For open_snapshot.'),
    bytes: bytes('Size of the file'),
    pauseMs: z.number().optional().describe('Milliseconds that JavaScript of the process was stopped, if it is known.'),
  },
  isReadOnly: false,
  async run({ process, directory, redact, ...how }, { session, signal, progress }) {
    const target = await session.roots.directory(directory ?? session.roots.first);
    const name = String(process);
    const onProgress = ({ bytes: written = 0 }) =>
      progress.report(written > 0 ? 0.5 : 0.1, written > 0 ? `${written} bytes written` : 'V8 takes the snapshot');
    const args = { process: name, ...how, directory: target, ...(redact && { redact }) };
    const taken = await session.exclusively(name, () => session.engine.processes.call('takeOne', args, { signal, onProgress }));
    return {
      pid: taken.pid,
      path: taken.path,
      bytes: taken.bytes,
      ...(taken.pauseMs !== undefined && { pauseMs: Math.round(taken.pauseMs) }),
    };
  },
});
