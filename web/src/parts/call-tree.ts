// The tree of calls that allocated objects: sums, search, functions and packages.

import type { AllocationFrame, AllocationTree } from '../source.js';

/** Objects of a call. With two snapshots, `size` and `count` are of those allocated in between, the others of those that are gone. */
export interface Sizes {
  size: number;
  count: number;
  removedSize: number;
  removedCount: number;
}

/** A call of a function. */
export interface Call {
  /** The function. Missing for calls that were left out. */
  frame: AllocationFrame | undefined;
  caller: Call | undefined;
  called: Call[];
  /** The objects that the function itself allocated. */
  own: Sizes;
  /** Also those of the functions that it called. */
  total: Sizes;
  /** Bytes that give a frame its width: those that are alive; with two snapshots, those by which they differ. */
  ownWeight: number;
  weight: number;
}

/** A function, with all of its calls. Calls of a function in itself count once. */
export interface FunctionRow {
  frame: AllocationFrame;
  own: Sizes;
  total: Sizes;
}

const none = (): Sizes => ({ size: 0, count: 0, removedSize: 0, removedCount: 0 });

function add(to: Sizes, { size, count, removedSize, removedCount }: Sizes): void {
  to.size += size;
  to.count += count;
  to.removedSize += removedSize;
  to.removedCount += removedCount;
}

/** Returns the calls, callers first; the first one is V8's root. */
export function callsOf({ frames, calls: columns }: AllocationTree): Call[] {
  const calls: Call[] = [];
  for (const [at, position] of columns.frame.entries()) {
    const own = {
      size: columns.size[at]!,
      count: columns.count[at]!,
      removedSize: columns.removedSize?.[at] ?? 0,
      removedCount: columns.removedCount?.[at] ?? 0,
    };
    const ownWeight = Math.abs(own.size - own.removedSize);
    const caller = calls[columns.caller[at]!];
    const call = { frame: frames[position], caller, called: [], own, total: { ...own }, ownWeight, weight: ownWeight };
    caller?.called.push(call);
    calls.push(call);
  }
  for (const call of [...calls].reverse()) {
    if (!call.caller) continue;
    add(call.caller.total, call.total);
    call.caller.weight += call.weight;
  }
  return calls;
}

/** Returns the calls from the root to this one. */
export function pathTo(call: Call): Call[] {
  const path = [call];
  while (path[0]!.caller) path.unshift(path[0]!.caller);
  return path;
}

/** Returns whether a call of the same function leads to this one. */
function isNested({ frame, caller }: Call): boolean {
  for (let at = caller; at; at = at.caller) if (at.frame === frame) return true;
  return false;
}

/** Returns all functions except V8's root. */
export function functionsOf(calls: readonly Call[]): FunctionRow[] {
  const rows = new Map<AllocationFrame, FunctionRow>();
  for (const call of calls) {
    const { frame, caller, own, total } = call;
    if (!frame || !caller) continue;
    const row = rows.get(frame) ?? { frame, own: none(), total: none() };
    rows.set(frame, row);
    add(row.own, own);
    if (!isNested(call)) add(row.total, total);
  }
  return [...rows.values()];
}

/** Returns whether the name or the file of a function contains a text, which is in lower case. */
export function matches({ function: name, file }: AllocationFrame, text: string): boolean {
  return name.toLowerCase().includes(text) || (file?.toLowerCase().includes(text) ?? false);
}

/** Returns the calls whose function is wanted, and the sums of what they allocated. A call in another such call counts once. */
export function search(calls: readonly Call[], isWanted: (frame: AllocationFrame) => boolean) {
  const found = new Set<Call>();
  const inside = new Set<Call>();
  const sum = { ...none(), weight: 0 };
  for (const call of calls) {
    const isInside = call.caller !== undefined && inside.has(call.caller);
    const isFound = call.frame !== undefined && call.caller !== undefined && isWanted(call.frame);
    if (isFound) found.add(call);
    if (isFound || isInside) inside.add(call);
    if (!isFound || isInside) continue;
    add(sum, call.total);
    sum.weight += call.weight;
  }
  return { found, sum };
}

/** Returns the package below the last `node_modules`. */
const installed = (file: string) => /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/s.exec(file)?.[1];

const folderOf = (file: string) => file.split(/[\\/]/).slice(0, -1);

/**
 * Returns the function that names the package of a function, by the path of its file: the npm package, `(node)`, `(v8)`, or the folder
 * of the application.
 */
export function packagesOf(frames: readonly AllocationFrame[]): (frame: AllocationFrame) => string {
  const isOwn = ({ file }: AllocationFrame) => file !== null && !file.startsWith('node:') && installed(file) === undefined;
  const folders = frames.filter(isOwn).map(({ file }) => folderOf(file!));
  const [first = []] = folders;
  const common = folders.reduce((length, parts) => {
    const differs = parts.findIndex((part, at) => part !== first[at]);
    return Math.min(length, differs < 0 ? parts.length : differs);
  }, first.length);
  return ({ file }) => {
    if (file === null) return '(v8)';
    if (file.startsWith('node:')) return '(node)';
    return (
      installed(file) ??
      folderOf(file)
        .slice(Math.max(0, common - 1))
        .join('/')
    );
  };
}
