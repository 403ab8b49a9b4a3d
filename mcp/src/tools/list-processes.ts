import * as z from 'zod/v4';
import { page, pageArguments, pageFields, windowOf } from '../page.js';
import { bytes } from '../schemas.js';
import { clip } from '../text.js';
import { tool } from '../tool.js';

const MAX_PATH = 200;

export const listProcesses = tool({
  name: 'list_processes',
  title: 'List Node processes',
  description: `Lists the Node.js processes of this machine, the largest resident memory first, and says how a heap snapshot of each can be
taken. access: "signal" = it has loaded heapdump-rs, so take_snapshot and find_leaks work at once; "attach" = it has not, so both need
attach: true and the user's consent; "none" = it belongs to another user; "unknown" = this system does not show it.`,
  input: {
    match: z.string().max(300).optional().describe('Only processes whose command line contains this text, in any case.'),
    ...pageArguments,
  },
  output: {
    processes: z.array(
      z.strictObject({
        pid: z.int(),
        parentPid: z.int(),
        command: z.string(),
        workingDirectory: z.string().nullable(),
        residentBytes: bytes('Resident memory').nullable(),
        access: z.enum(['signal', 'attach', 'none', 'unknown']),
      }),
    ),
    ...pageFields,
  },
  isReadOnly: true,
  async run({ match, ...how }, { session }) {
    const all = await session.listProcesses(match);
    const rows = windowOf(all, how).map((row) => ({
      ...row,
      workingDirectory: row.workingDirectory === null ? null : clip(row.workingDirectory, MAX_PATH),
    }));
    return page({}, 'processes', rows, all.length, how);
  },
});
