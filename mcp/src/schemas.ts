// Arguments that several tools take.

import * as z from 'zod/v4';

export const snapshotId = z.string().max(20).describe('Id of an open snapshot, such as "s1", from open_snapshot or find_leaks.');

export const processName = z
  .union([z.int().min(1).max(0x7fff_ffff), z.string().min(1).max(300)])
  .describe('The pid, or the path or base name of the script, or the title of the process.');

export const attach = z
  .boolean()
  .default(false)
  .describe(
    'Consent to attach to a process that has not loaded heapdump-rs (access "attach" in list_processes; Linux only). The server sends ' +
      'SIGUSR1, on which Node opens its inspector on 127.0.0.1 for a moment; every local client that connects meanwhile can run code in ' +
      'that process. Set it only if the user agreed.',
  );

export const timeoutSeconds = z.number().min(1).max(3600).default(300).describe('How long to wait for one snapshot, in seconds.');

/** A size in bytes. */
export const bytes = (about: string) => z.number().describe(`${about}, in bytes.`);

export const objectRow = {
  id: z.int().describe('Id of the object, for explain_object. The same in all snapshots of one process.'),
  name: z.string(),
  type: z.string().describe('Kind of V8: object, closure, array, string, native and so on.'),
  constructor: z.string(),
  shallowBytes: bytes('Size of the object itself'),
  retainedBytes: bytes('Memory that would be freed with it'),
  distance: z.int().nullable().describe('Minimum number of references from a root of the program; null if it is unreachable.'),
};
