// Pages of lists: an answer has as many rows as fit into its limit of bytes.

import * as z from 'zod/v4';

export const DEFAULT_BYTES = 5000;
const MIN_BYTES = 1000;
const MAX_BYTES = 100_000;
/** Of the fields that a page adds, and of digits that grow. */
const RESERVED_BYTES = 120;
const MAX_ROWS = 1000;

/** Arguments of every tool that answers with a list. */
export const pageArguments = {
  offset: z.int().min(0).max(1e9).default(0).describe('Rows to skip: nextOffset of the answer before.'),
  limit: z
    .int()
    .min(1)
    .max(MAX_ROWS)
    .optional()
    .describe('Maximum number of rows. Fewer are returned if they do not fit into maxBytes.'),
  maxBytes: z
    .int()
    .min(MIN_BYTES)
    .max(MAX_BYTES)
    .default(DEFAULT_BYTES)
    .describe('Maximum size of the answer in bytes. One row is always returned; its lists are cut if it is too large.'),
};

export interface PageArguments {
  offset: number;
  limit?: number | undefined;
  maxBytes: number;
}

/** Fields of every answer with a list. */
export const pageFields = {
  total: z.int().optional().describe('Number of rows of the whole list; absent if it is unknown.'),
  nextOffset: z.int().optional().describe('The offset of the next page; absent on the last one.'),
};

/** Number of rows to ask for, so that a page is not cut by their number. */
export const rowsToAsk = ({ limit }: PageArguments, standard: number): number => limit ?? standard;

/** Returns the rows of a whole list from the offset on, as many as are asked for, or `standard`. */
export function windowOf<Row>(rows: readonly Row[], how: PageArguments, standard = Infinity): Row[] {
  return rows.slice(how.offset, how.offset + rowsToAsk(how, standard));
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Returns `value` of at most `maxBytes`: the last elements of its largest lists are left out, one after the other. */
export function shrink<T extends object>(value: T, maxBytes: number): T {
  const result = { ...value } as Record<string, unknown>;
  while (bytesOf(result) > maxBytes) {
    const lists = Object.entries(result).filter(
      (entry): entry is [string, unknown[]] => Array.isArray(entry[1]) && entry[1].length > 0,
    );
    if (lists.length === 0) break;
    const [name, list] = lists.reduce((a, b) => (bytesOf(b[1]) > bytesOf(a[1]) ? b : a));
    result[name] = list.slice(0, -1);
  }
  return result as T;
}

/** Returns how many of `rows` fit beside `fields`; at least one if there is one. */
export function fitting(fields: object, rows: readonly unknown[], { maxBytes }: { maxBytes: number }): number {
  let bytes = bytesOf(fields) + RESERVED_BYTES;
  let count = 0;
  for (const row of rows) {
    bytes += bytesOf(row) + 1;
    if (count > 0 && bytes > maxBytes) break;
    count++;
  }
  return count;
}

/**
 * Returns `fields` with the rows that fit, as the field `name`.
 * @param rows of the list, from `offset` on
 * @param total number of rows of the whole list
 */
export function page<Name extends string, Row extends object, Fields extends object>(
  fields: Fields,
  name: Name,
  rows: readonly Row[],
  total: number,
  how: PageArguments,
): Fields & Record<Name, Row[]> & { total: number; nextOffset?: number } {
  const count = fitting(fields, rows, how);
  const next = how.offset + count;
  return {
    ...fields,
    // One that is too large alone is cut.
    [name]: count === 1 ? [shrink(rows[0]!, how.maxBytes - bytesOf(fields) - RESERVED_BYTES)] : rows.slice(0, count),
    total,
    ...(next < total && count > 0 && { nextOffset: next }),
  } as Fields & Record<Name, Row[]> & { total: number; nextOffset?: number };
}
