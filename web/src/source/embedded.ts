// Answers queries from the data of a report, which has only the stored answers.

import { inOrder } from '../../../lib/analysis/order.js';
import { NotIncluded, type LeftOut, type SnapshotInfo, type Source } from '../source.js';
import type {
  AllocationTree,
  AllocationTreeOptions,
  Diff,
  DiffByName,
  DiffRow,
  DuplicateStringList,
  Finding,
  HeapGrowth,
  LeakReportMessages,
  NodeList,
  NodeRow,
  PathForest,
  Statistics,
  Summary,
  SummaryRow,
  Trend,
  TrendRow,
  WindowOptions,
} from '../source.js';

/** The JSON of a report, as lib/report/build.js makes it. Lists may lack rows at their end. `totals` are those of the whole list. */
export interface ReportData {
  mode: 'report';
  version: string;
  language?: string;
  showsValues: boolean;
  snapshots: SnapshotInfo[];
  leftOut: LeftOut[];
  statistics: Statistics;
  summary: Summary;
  /** By `classKey`. */
  instances: Record<string, NodeList>;
  /** Children in the dominator tree by id. */
  dominatorTree: Record<string, NodeList>;
  paths: Record<string, PathForest>;
  duplicateStrings: DuplicateStringList;
  findings: Finding[];
  growth: HeapGrowth;
  conclusion: string;
  messages: LeakReportMessages;
  /** By the index of the base in `snapshots`. */
  diffs: Record<string, Diff | DiffByName>;
  trend: Trend | null;
  allocations: AllocationTree[];
}

type Options = WindowOptions & { sort?: string; reverse?: boolean };

function cut<Row>(rows: readonly Row[], { offset = 0, limit = Infinity }: WindowOptions): Row[] {
  return rows.slice(offset, offset + limit);
}

export class EmbeddedSource implements Source {
  readonly mode = 'report';
  readonly version: string;
  readonly snapshots: readonly SnapshotInfo[];
  readonly leftOut: readonly LeftOut[];
  readonly showsValues: boolean;
  readonly #data: ReportData;

  constructor(data: ReportData) {
    this.#data = data;
    this.version = data.version;
    this.snapshots = data.snapshots;
    this.leftOut = data.leftOut;
    this.showsValues = data.showsValues;
  }

  async statistics() {
    return this.#data.statistics;
  }

  async summary({ match, ...options }: Options & { match?: string } = {}): Promise<Summary> {
    const { summary } = this.#data;
    const wanted = match?.toLowerCase() ?? '';
    const rows = wanted ? summary.rows.filter((row) => row.constructor.toLowerCase().includes(wanted)) : summary.rows;
    const rowCount = wanted ? rows.length : summary.totals.rowCount;
    return {
      ...summary,
      totals: { ...summary.totals, rowCount },
      rows: cut(inOrder<SummaryRow>('summary', rows, options), options),
    };
  }

  async instances(classKey: string, options: Options = {}): Promise<NodeList> {
    return this.#list(this.#data.instances[classKey], options);
  }

  async dominatorTree(id = this.snapshots.at(-1)!.rootId, options: WindowOptions = {}): Promise<NodeList> {
    return this.#list(this.#data.dominatorTree[id], options);
  }

  #list(list: NodeList | undefined, options: Options): NodeList {
    if (!list) throw new NotIncluded();
    return { totals: list.totals, rows: cut(inOrder<NodeRow>('nodes', list.rows, options), options) };
  }

  async pathsToRoot(id: number) {
    return this.#data.paths[id] ?? this.#missing();
  }

  async duplicateStrings(options: WindowOptions = {}): Promise<DuplicateStringList> {
    const { totals, rows } = this.#data.duplicateStrings;
    return { totals, rows: cut(rows, options) };
  }

  async leakReport() {
    const { findings, growth, conclusion, messages } = this.#data;
    return { findings, growth, conclusion, messages };
  }

  async diff(base: number, options: Options = {}): Promise<Diff | DiffByName> {
    const diff = this.#data.diffs[base] ?? this.#missing();
    return { ...diff, rows: cut(inOrder<DiffRow>('diff', diff.rows, options), options) };
  }

  async trend(options: Options = {}): Promise<Trend> {
    const trend = this.#data.trend ?? this.#missing();
    return { ...trend, rows: cut(inOrder<TrendRow>('trend', trend.rows, options), options) };
  }

  async allocationTree({ from, base }: AllocationTreeOptions): Promise<AllocationTree> {
    const tree = this.#data.allocations.find((one) => one.from === from && one.base === (base ?? null));
    return tree ?? this.#missing();
  }

  // Queries that need an engine.
  async node() {
    return this.#missing();
  }
  async children() {
    return this.#missing();
  }
  async retainers() {
    return this.#missing();
  }
  async dominators() {
    return this.#missing();
  }
  async find() {
    return this.#missing();
  }

  #missing(): never {
    throw new NotIncluded();
  }
}
