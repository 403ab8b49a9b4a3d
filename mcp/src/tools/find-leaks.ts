import * as z from 'zod/v4';
import type { DumpProgress, TakenSeveral } from '../engine.js';
import { pageArguments } from '../page.js';
import { reportFields, reportPage } from '../report.js';
import { attach, processName, timeoutSeconds } from '../schemas.js';
import type { Entry } from '../store.js';
import { tool, type Call } from '../tool.js';

/** The share of the call that taking snapshots is. */
const TAKING = 0.7;

/** Opens the snapshots that were taken. They stay open. */
async function openAll({ paths }: TakenSeveral, { session, signal, progress }: Call, entries: Entry[]): Promise<void> {
  for (const [at, path] of paths.entries()) {
    const part = progress.part(
      TAKING + (0.2 * at) / paths.length,
      TAKING + (0.2 * (at + 1)) / paths.length,
      `open snapshot ${at + 1}`,
    );
    entries.push(await session.store.open({ path, isPrivate: true }, { signal, onProgress: part }));
  }
}

export const findLeaks = tool({
  name: 'find_leaks',
  title: 'Find the leaks of a running process',
  description: `Takes several comparable heap snapshots of a running Node.js process and says what leaks: the variable, the line of code,
the retaining path, the fix. The process must do the work that leaks meanwhile: send it requests, or wait for its traffic. Takes at
least (count - 1) * intervalSeconds seconds plus the snapshots, and reports progress. Raise intervalSeconds if the leak is slow, or
if the first finding is only a suspect. The snapshots stay open under the returned ids, for findings (more pages), diff,
explain_object and query; their files are private to the server and removed when they are closed. A process that has not loaded
heapdump-rs needs attach: true, with the user's consent; without it the call fails with ERR_HEAPDUMP_NOT_ATTACHED.`,
  input: {
    process: processName,
    attach,
    count: z.int().min(2).max(6).default(3).describe('Number of snapshots. Three tell a leak from a cache that fills.'),
    intervalSeconds: z.number().min(0).max(3600).default(10).describe('Time between two snapshots, in seconds.'),
    timeoutSeconds,
    ...pageArguments,
  },
  output: {
    pid: z.int(),
    snapshots: z.array(z.string()).describe('Ids of the snapshots, oldest first; they are open.'),
    note: z.string().optional().describe('Why there are fewer snapshots than were asked for.'),
    ...reportFields,
  },
  isReadOnly: false,
  async run({ process, attach: isAgreed, count, intervalSeconds, timeoutSeconds: timeout, ...how }, call) {
    const { session, signal, progress } = call;
    const name = String(process);
    const onProgress = ({ taken, leftMs, bytes = 0 }: DumpProgress) => {
      const doing = leftMs === undefined ? `${bytes} bytes written` : `in ${Math.ceil(leftMs / 1000)} s`;
      progress.report((TAKING * (taken + (leftMs === undefined ? 0.5 : 0))) / count, `snapshot ${taken + 1} of ${count}: ${doing}`);
    };
    const directory = session.makeDirectory('leaks');
    const args = { process: name, attach: isAgreed, timeoutSeconds: timeout, count, intervalSeconds, directory };
    const entries: Entry[] = [];
    try {
      const taken = await session.exclusively(name, () =>
        session.engine.processes.call('takeSeveral', args, { signal, onProgress }),
      );
      await openAll(taken, call, entries);
      const report = await session.report(entries, signal, progress.part(TAKING + 0.2, 1, 'findings'));
      const fields = {
        pid: taken.pid,
        snapshots: entries.map(({ id }) => id),
        ...(taken.note && { note: taken.note.slice(0, 300) }),
      };
      return await reportPage(fields, report, how, session.roots);
    } catch (error) {
      // Another call may have closed one.
      for (const { id } of entries) await session.store.close(id).catch(() => {});
      await session.removeDirectory(directory);
      throw error;
    } finally {
      await session.store.release(...entries);
    }
  },
});
