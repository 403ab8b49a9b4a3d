// Answers from the server of `heapdump-rs view`, which has the engine. Arguments travel as JSON, so that any text arrives.

import { COMPARISONS, QUERIES } from '../../../lib/analysis/query-table.js';
import type { NodeDetails, PathForest, PathOptions, Queries, SnapshotInfo, Source } from '../source.js';

/** The JSON in the page of `view`, as lib/view/server.js makes it. */
export interface ViewData {
  mode: 'view';
  version: string;
  language?: string;
  mayShowValues: boolean;
}

/** How far a file is, as lib/view/files.js tells it. */
export interface FileState {
  name: string;
  fileSize: number;
  status: 'waiting' | 'loading' | 'ready' | 'failed';
  progress: { stage: string; done: number; total: number } | null;
  info: SnapshotInfo | null;
  error: { code: string; message: string } | null;
}

/** How often it is asked how far the analysis is. */
const POLL_MS = 200;

/** As much of the retaining paths as a graph can show. */
const PATHS: PathOptions = { depth: 30, nodes: 60, siblings: 4 };

/** Whether a text was cut by the server, as lib/view/wire.js does it. */
export function isCut(text: string): boolean {
  return /\u2026 \[\d+ characters, [0-9a-f]{8}\]$/.test(text);
}

/** The server said no, or nothing. */
export class RemoteError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const pause = () =>
  new Promise((resolve) => {
    setTimeout(resolve, POLL_MS);
  });

/** `undefined`: the answer is still being worked on. */
async function once<T>(path: string, signal?: AbortSignal): Promise<T | undefined> {
  let response: Response;
  try {
    response = await fetch(path, { cache: 'no-store', signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new RemoteError('ERR_HEAPDUMP_CLOSED', 'The command has ended; its terminal says why.', { cause: error });
  }
  const answer = (await response.json()) as T & { error?: { code: string; message: string } };
  if (!response.ok) throw new RemoteError(answer.error?.code ?? '', answer.error?.message ?? response.statusText);
  return response.status === 202 ? undefined : answer;
}

/** Who is told that answers take long, and how many do. */
const busy = { count: 0, told: (_: boolean) => {} };

/** The answer; never, if the question was given up. */
async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  try {
    return await patiently<T>(path, signal);
  } catch (error) {
    if (signal?.aborted) return new Promise(() => {});
    throw error;
  }
}

async function patiently<T>(path: string, signal?: AbortSignal): Promise<T> {
  const first = await once<T>(path, signal);
  if (first !== undefined) return first;
  if (busy.count++ === 0) busy.told(true);
  try {
    for (;;) {
      await pause();
      signal?.throwIfAborted();
      const answer = await once<T>(path, signal);
      if (answer !== undefined) return answer;
    }
  } finally {
    if (--busy.count === 0) busy.told(false);
  }
}

/**
 * Waits for the analysis of all files.
 * @param told is called with how far they are
 */
export async function connect(data: ViewData, told: (files: readonly FileState[]) => void): Promise<RemoteSource> {
  for (;;) {
    const files = await get<FileState[]>('api/state');
    const failed = files.find(({ error }) => error);
    if (failed?.error) throw new RemoteError(failed.error.code, `${failed.name}: ${failed.error.message}`);
    if (files.every(({ info }) => info))
      return new RemoteSource(
        data,
        files.map(({ info }) => info!),
      );
    told(files);
    await pause();
  }
}

type Options = { signal?: AbortSignal } | undefined;

/** What a question is given up with. Only options have one, and they come last. */
const signalOf = (args: unknown[]) => (args.at(-1) as Options)?.signal;

function withoutSignal(arg: unknown): unknown {
  return typeof arg === 'object' && arg !== null && 'signal' in arg ? { ...arg, signal: undefined } : arg;
}

/** All queries have one form: a method each, from the table. */
const Remote = class {} as new () => Omit<Queries, 'pathsToRoot'> & Pick<Required<Source>, 'diffObjects'>;
for (const name of [...Object.keys(QUERIES), ...Object.keys(COMPARISONS)]) {
  Object.defineProperty(Remote.prototype, name, {
    value(this: RemoteSource, ...args: unknown[]) {
      return this.ask(name, ...args);
    },
  });
}

export class RemoteSource extends Remote implements Source {
  readonly mode = 'view';
  readonly version: string;
  readonly snapshots: readonly SnapshotInfo[];
  readonly leftOut = [];
  /** The sources of a page tell contents of strings, or not, together. */
  readonly #shared: { showsValues: boolean };
  readonly #signal: AbortSignal | undefined;
  /** Only there if the server may tell them. */
  readonly showValues?: () => Promise<void>;

  constructor(
    private readonly data: ViewData,
    snapshots: readonly SnapshotInfo[],
    shared = { showsValues: false },
    signal?: AbortSignal,
  ) {
    super();
    const { version, mayShowValues } = data;
    this.version = version;
    this.snapshots = snapshots;
    this.#shared = shared;
    this.#signal = signal;
    if (mayShowValues)
      this.showValues = async () => {
        shared.showsValues = true;
      };
  }

  get showsValues() {
    return this.#shared.showsValues;
  }

  until(signal: AbortSignal) {
    return new RemoteSource(this.data, this.snapshots, this.#shared, signal);
  }

  onBusy(told: (isBusy: boolean) => void) {
    busy.told = told;
  }

  pathsToRoot(id: number, options = PATHS) {
    return this.ask<PathForest>('pathsToRoot', id, options);
  }

  /** The object with names of any length. */
  wholeNode(id: number) {
    return get<NodeDetails>(this.#path('node', [id], '&whole'), this.#signal);
  }

  /** Sends a query with its arguments as they are. */
  ask<T>(name: string, ...args: unknown[]): Promise<T> {
    return get<T>(this.#path(name, args.map(withoutSignal), '&soon'), signalOf(args) ?? this.#signal);
  }

  #path(name: string, args: unknown[], flags = ''): string {
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    // JSON escapes halves of characters, which no address can hold.
    return `api/${name}?q=${encodeURIComponent(JSON.stringify(args))}${flags}${this.showsValues ? '&values' : ''}`;
  }
}
