// The open snapshots. Number and memory are limited: the least recently used snapshots are closed first.

import { rm } from 'node:fs/promises';
import type { LeakReport, Snapshot, WorkOptions } from '../../index.js';
import type { Engine, Semaphore } from './engine.js';
import { CodedError } from './errors.js';

export interface Limits {
  /** Maximum number of open snapshots. */
  count: number;
  /** Maximum memory of all open snapshots, in bytes. One may exceed it alone. */
  bytes: number;
}

interface Origin {
  path: string;
  /** The file belongs to the server, and is removed with the snapshot. */
  isPrivate: boolean;
}

/** Closed snapshots whose ids are remembered. */
const MAX_REMEMBERED = 1000;

/** An open snapshot. */
export class Entry {
  /** Calls that use it. It stays open until they have ended. */
  users = 0;
  /** Directory of its tables, once a query was asked. */
  tables: Promise<string> | undefined;

  constructor(
    readonly id: string,
    readonly path: string,
    readonly isPrivate: boolean,
    readonly snapshot: Snapshot,
  ) {}
}

export class Store {
  readonly #limits: Limits;
  readonly #engine: Engine;
  readonly #heavy: Semaphore;
  /** By id; the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** Path -> the entry that is being opened. */
  readonly #opening = new Map<string, Promise<Entry>>();
  /** Id -> why it is closed. */
  readonly #closed = new Map<string, string>();
  /** Reports, which take as long as all other queries together. Keys are ids. */
  readonly #reports = new Map<string, LeakReport>();
  #lastId = 0;

  constructor(engine: Engine, limits: Limits, heavy: Semaphore) {
    this.#engine = engine;
    this.#limits = limits;
    this.#heavy = heavy;
  }

  get ids(): string[] {
    return [...this.#entries.keys()];
  }

  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  /**
   * Opens a file, or returns the snapshot that is open of it. Callers that open the same file at the same time share the work.
   * The snapshot stays open until it is given to `release`.
   */
  async open(origin: Origin, work: WorkOptions & { signal: AbortSignal }): Promise<Entry> {
    const { path: file } = origin;
    const known = this.entries.find((entry) => entry.path === file);
    if (known) return this.#hold(known);
    const pending = this.#opening.get(file);
    if (pending) {
      // If it fails, this caller finds out itself: the other one may have cancelled it.
      await pending.catch(() => undefined);
      return this.open(origin, work);
    }
    const opened = this.#heavy.take(work.signal, async () => {
      const snapshot = await this.#engine.open(file, work);
      const entry = new Entry(`s${++this.#lastId}`, file, origin.isPrivate, snapshot);
      this.#entries.set(entry.id, entry);
      return this.#hold(entry);
    });
    this.#opening.set(file, opened);
    try {
      return await opened;
    } finally {
      this.#opening.delete(file);
      await this.#makeRoom();
    }
  }

  #hold(entry: Entry): Entry {
    entry.users++;
    return this.#touch(entry);
  }

  /** Ends the use of snapshots. */
  async release(...entries: Entry[]): Promise<void> {
    for (const entry of entries) entry.users--;
    // Queries compute more about a snapshot, and keep it.
    await this.#makeRoom();
  }

  #touch(entry: Entry): Entry {
    this.#entries.delete(entry.id);
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry) return this.#touch(entry);
    const reason = this.#closed.get(id);
    const open = this.ids.length > 0 ? `open snapshots: ${this.ids.join(', ')}` : 'no snapshot is open';
    throw new CodedError(
      'ERR_HEAPDUMP_CLOSED',
      `${reason === undefined ? `there was no snapshot ${JSON.stringify(id)}` : `snapshot ${id} ${reason}`}; ${open}. Use open_snapshot`,
    );
  }

  /** Calls `work` with snapshots, which stay open until it ends. */
  async use<T>(ids: readonly string[], work: (...entries: Entry[]) => Promise<T>): Promise<T> {
    const entries = ids.map((id) => this.#find(id));
    for (const entry of entries) this.#hold(entry);
    try {
      return await work(...entries);
    } finally {
      await this.release(...entries);
    }
  }

  /** Returns the report of snapshots. Computes it if there is none when a slot of the semaphore is free. */
  async report(entries: readonly Entry[], signal: AbortSignal, compute: () => Promise<LeakReport>): Promise<LeakReport> {
    const key = entries.map(({ id }) => id).join(' ');
    const known = this.#reports.get(key);
    if (known) return known;
    return this.#heavy.take(signal, async () => {
      const report = this.#reports.get(key) ?? (await compute());
      if (entries.every(({ id }) => this.#entries.has(id))) this.#reports.set(key, report);
      return report;
    });
  }

  async #makeRoom(): Promise<void> {
    for (const entry of this.entries) {
      const bytes = this.entries.reduce((sum, { snapshot }) => sum + snapshot.memoryUsed, 0);
      const isFull = this.#entries.size > this.#limits.count || (this.#entries.size > 1 && bytes > this.#limits.bytes);
      if (!isFull) return;
      if (entry.users === 0) await this.#close(entry, 'was closed to make room, as the least recently used one');
    }
  }

  async close(id: string): Promise<void> {
    await this.#close(this.#find(id), 'is closed');
  }

  async #close(entry: Entry, reason: string): Promise<void> {
    const { id, snapshot, tables, isPrivate } = entry;
    this.#entries.delete(id);
    this.#closed.set(id, reason);
    if (this.#closed.size > MAX_REMEMBERED) this.#closed.delete(this.#closed.keys().next().value!);
    for (const key of this.#reports.keys()) if (key.split(' ').includes(id)) this.#reports.delete(key);
    snapshot.close();
    const directory = await tables?.catch(() => undefined);
    if (directory) await rm(directory, { recursive: true, force: true });
    if (!isPrivate) return;
    await rm(entry.path, { force: true });
    await rm(this.#engine.sourcesBeside(entry.path), { force: true });
  }
}
