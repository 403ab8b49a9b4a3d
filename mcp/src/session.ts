// The state that the tools of one server share.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnalysisProgress, LeakReport } from '../../index.js';
import type { Engine, ProcessRow, Semaphore } from './engine.js';
import { CodedError } from './errors.js';
import { Roots } from './roots.js';
import { Store, type Entry, type Limits } from './store.js';
import { Names } from './values.js';

/** Files that are opened, compared or exported at the same time. Each uses several threads and much memory. */
const MAX_HEAVY = 2;

export interface Options {
  /** Directories that tools may read and write. */
  directories: string[];
  /** Answers contain contents of strings. */
  showValues: boolean;
  limits: Limits;
}

export class Session {
  readonly engine: Engine;
  readonly roots: Roots;
  readonly store: Store;
  readonly names: Names;
  readonly showValues: boolean;
  /** Limits the work that uses several threads and much memory. */
  readonly heavy: Semaphore;
  /** Of this server alone; removed at its end. */
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'heapdump-rs-mcp-'));
  readonly #busy = new Set<string>();
  /** Text to match -> the list that is being made. */
  readonly #listings = new Map<string, Promise<ProcessRow[]>>();

  constructor(engine: Engine, { directories, showValues, limits }: Options) {
    this.engine = engine;
    this.heavy = engine.semaphore(MAX_HEAVY);
    this.roots = new Roots(directories);
    this.names = new Names(showValues);
    this.showValues = showValues;
    this.store = new Store(engine, limits, this.heavy);
    mkdirSync(this.#nowhere);
    process.on('exit', this.remove);
  }

  get #nowhere(): string {
    return path.join(this.#directory, 'empty');
  }

  /** Options of findings: scripts are read below the directories of the server only. See `withoutNowhere`. */
  get analysis() {
    return { showValues: this.showValues, sourceRoots: this.roots.sourceRoots(this.#nowhere) };
  }

  /** Returns plain data in which scripts that were not read have their own paths again. */
  withoutNowhere<T>(value: T): T {
    if (typeof value === 'string') return value.replaceAll(this.#nowhere, '') as T;
    if (Array.isArray(value)) return value.map((one) => this.withoutNowhere(one)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.withoutNowhere(one)])) as T;
  }

  /** Makes a private directory. */
  makeDirectory(prefix: string): string {
    return mkdtempSync(path.join(this.#directory, `${prefix}-`));
  }

  /** Removes a private directory. */
  async removeDirectory(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
  }

  /** Lists processes. Calls at the same time share the work. */
  async listProcesses(match?: string): Promise<ProcessRow[]> {
    const key = match ?? '';
    let listing = this.#listings.get(key);
    if (!listing) {
      listing = this.engine.processes.call('list', { match: key }).finally(() => this.#listings.delete(key));
      this.#listings.set(key, listing);
    }
    return listing;
  }

  /** Returns the leak report of snapshots, oldest first. */
  report(entries: readonly Entry[], signal: AbortSignal, onProgress: (progress: AnalysisProgress) => void): Promise<LeakReport> {
    const snapshots = entries.map(({ snapshot }) => snapshot);
    const compute = async () =>
      this.withoutNowhere(await this.engine.leakReport(snapshots, { ...this.analysis, signal, onProgress }));
    return this.store.report(entries, signal, compute);
  }

  /** Calls `work` unless another call works with the process. */
  async exclusively<T>(processName: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(processName))
      throw new CodedError('ERR_HEAPDUMP_BUSY', `another call takes snapshots of process ${processName}; wait for its end`);
    this.#busy.add(processName);
    try {
      return await work();
    } finally {
      this.#busy.delete(processName);
    }
  }

  /** Removes all temporary files. */
  remove = (): void => {
    process.removeListener('exit', this.remove);
    rmSync(this.#directory, { recursive: true, force: true });
  };
}
