import * as z from 'zod/v4';
import { page, pageArguments, pageFields, windowOf } from '../page.js';
import { bytes, processName } from '../schemas.js';
import { clip } from '../text.js';
import { tool } from '../tool.js';

const MAX_VERDICTS = 3;
const MAX_TEXT = 400;

export const memoryLedger = tool({
  name: 'memory_ledger',
  title: 'Memory ledger of a process',
  description: `Divides the resident memory (RSS) of a running process by owner: V8, malloc, stacks, libraries, addons, shared memory.
The parts and unexplainedBytes add up to rssBytes. The process is not stopped and need not have loaded heapdump-rs. Linux only. Call it
again later: the answer then has the change since the call before, and, from three calls on, verdicts that tell a leak from a cache that
fills. Use it first if RSS grows: if owner "v8" grows, continue with find_leaks; otherwise the leak is outside the JavaScript heap, and
snapshots do not show it.`,
  input: { process: processName, ...pageArguments },
  output: {
    pid: z.int(),
    rssBytes: bytes('Resident memory'),
    unexplainedBytes: bytes('Resident memory without a known owner'),
    elapsedMs: z.number().optional().describe('Milliseconds since the call before; absent in the first call.'),
    rssChangeBytes: bytes('Change of RSS since the call before').optional(),
    containerBytes: bytes('Memory that the container is charged for').optional(),
    containerLimitBytes: bytes('Memory limit of the container').optional(),
    verdicts: z
      .array(z.strictObject({ kind: z.string(), severity: z.string(), title: z.string(), sentence: z.string(), fix: z.string() }))
      .describe('Conclusions, the worst first.'),
    parts: z
      .array(
        z.strictObject({
          owner: z.string().describe('v8, malloc, stack, library, addon, file, anonymous and so on.'),
          name: z.string().optional().describe('A file, a thread, or the name of a mapping.'),
          residentBytes: bytes('Resident memory'),
          changeBytes: bytes('Change since the call before').optional(),
        }),
      )
      .describe('The largest first.'),
    ...pageFields,
  },
  isReadOnly: true,
  async run({ process, ...how }, { session }) {
    const { pid, rss, unexplained, change, container, verdicts, parts } = await session.engine.processes.call('memory', {
      process: String(process),
    });
    const { partKey } = session.engine;
    const changes = new Map(change?.parts.map((part) => [partKey(part), part.bytes]));
    const rows = windowOf(parts, how).map((part) => ({
      owner: part.owner,
      ...(part.name !== undefined && { name: clip(part.name, MAX_TEXT) }),
      residentBytes: part.resident,
      ...(change && { changeBytes: changes.get(partKey(part)) ?? 0 }),
    }));
    const fields = {
      pid,
      rssBytes: rss,
      unexplainedBytes: unexplained,
      ...(change && { elapsedMs: Math.round(change.elapsedMs), rssChangeBytes: change.rss }),
      ...(container && { containerBytes: container.current }),
      ...(container?.limit !== undefined && { containerLimitBytes: container.limit }),
      verdicts: verdicts.slice(0, MAX_VERDICTS).map(({ kind, severity, title, sentence, fix }) => ({
        kind,
        severity,
        title: clip(title, MAX_TEXT),
        sentence: clip(sentence, MAX_TEXT),
        fix: clip(fix, MAX_TEXT),
      })),
    };
    return page(fields, 'parts', rows, parts.length, how);
  },
});
