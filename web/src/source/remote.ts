// Sends queries to the server of `heapdump-rs view`, which has the engine. Arguments are JSON, which can represent any text.

import { COMPARISONS, QUERIES } from '../../../lib/analysis/query-table.js';
import type { NodeDetails, PathForest, PathOptions, Queries, SnapshotInfo, Source } from '../source.js';

/** The JSON in the page of `view`, as lib/view/server.js makes it. */
export interface ViewData {
  mode: 'view';
  version: string;
  language?: string;
  mayShowValues: boolean;
}

/** The state of a file, as in lib/view/files.js. */
export interface FileState {
  name: string;
  fileSize: number;
  status: 'waiting' | 'loading' | 'ready' | 'failed';
  progress: { stage: string; done: number; total: number } | null;
  info: SnapshotInfo | null;
  error: { code: string; message: string } | null;
}

/** Polling interval of the state. */
const POLL_MS = 200;

/** Limits of the retaining paths that a graph can show. */
const PATHS: PathOptions = { depth: 30, nodes: 60, siblings: 4 };

/** Returns whether the server cut a text (lib/view/wire.js). */
export function isCut(text: string): boolean {
  return /\u2026 \[\d+ characters, [0-9a-f]{8}\]$/.test(text);
}

/** An error of the server, or no answer. */
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

/** Sends one request. Returns `undefined` if the answer is not ready yet. */
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

/** The number of answers that take long, and the listener. */
const busy = { count: 0, listener: (_: boolean) => {} };

/** Returns the answer. Never settles if `signal` aborts. */
async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  try {
    return await polled<T>(path, signal);
  } catch (error) {
    if (signal?.aborted) return new Promise(() => {});
    throw error;
  }
}

/** Polls until the answer is ready. */
async function polled<T>(path: string, signal?: AbortSignal): Promise<T> {
  const first = await once<T>(path, signal);
  if (first !== undefined) return first;
  if (busy.count++ === 0) busy.listener(true);
  try {
    for (;;) {
      await pause();
      signal?.throwIfAborted();
      const answer = await once<T>(path, signal);
      if (answer !== undefined) return answer;
    }
  } finally {
    if (--busy.count === 0) busy.listener(false);
  }
}

/**
 * Waits for the analysis of all files.
 * @param onProgress called with the states of the files
 */
export async function connect(data: ViewData, onProgress: (files: readonly FileState[]) => void): Promise<RemoteSource> {
  for (;;) {
    const files = await get<FileState[]>('api/state');
    const failed = files.find(({ error }) => error);
    if (failed?.error) throw new RemoteError(failed.error.code, `${failed.name}: ${failed.error.message}`);
    if (files.every(({ info }) => info))
      return new RemoteSource(
        data,
        files.map(({ info }) => info!),
      );
    onProgress(files);
    await pause();
  }
}

type Options = { signal?: AbortSignal } | undefined;

/** Returns the signal that cancels a query. Only options have one, and they are the last argument. */
const signalOf = (args: unknown[]) => (args.at(-1) as Options)?.signal;

function withoutSignal(arg: unknown): unknown {
  return typeof arg === 'object' && arg !== null && 'signal' in arg ? { ...arg, signal: undefined } : arg;
}

/** Has a method for each query of the table. */
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
  /** Shared by all sources of the page: whether answers include contents of strings. */
  readonly #shared: { showsValues: boolean };
  readonly #signal: AbortSignal | undefined;
  /** Missing if the server may not send them. */
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

  onBusy(listener: (isBusy: boolean) => void) {
    busy.listener = listener;
  }

  pathsToRoot(id: number, options = PATHS) {
    return this.ask<PathForest>('pathsToRoot', id, options);
  }

  /** Returns the object with names of any length. */
  wholeNode(id: number) {
    return get<NodeDetails>(this.#path('node', [id], '&whole'), this.#signal);
  }

  /** Sends a query with unchanged arguments. */
  ask<T>(name: string, ...args: unknown[]): Promise<T> {
    return get<T>(this.#path(name, args.map(withoutSignal), '&soon'), signalOf(args) ?? this.#signal);
  }

  #path(name: string, args: unknown[], flags = ''): string {
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    // JSON escapes lone surrogates, which a URL cannot contain.
    return `api/${name}?q=${encodeURIComponent(JSON.stringify(args))}${flags}${this.showsValues ? '&values' : ''}`;
  }
}
