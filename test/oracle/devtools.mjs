// Drives the heap snapshot worker of Chrome DevTools and puts its answers into the shapes of this
// project, so that both can be compared field by field. No number is computed here.
import fs from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import zlib from 'node:zlib';
import { setup } from './setup.mjs';

const { module, require } = await setup();
const { ComparatorConfig, HeapSnapshotLoader, JSHeapSnapshot, NodeFilter, SecondaryInitManager } = module;

/** Distances from here on count from system roots only; DevTools shows them as a dash. */
const SYSTEM_DISTANCE = 100_000_000;

const ORDER = {
  containment: new ComparatorConfig('retainedSize', false, '!edgeName', true),
  retainers: new ComparatorConfig('!edgeDistance', true, 'name', true),
  instances: new ComparatorConfig('retainedSize', false, 'id', true),
};

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const distances = (raw) => ({ distance: raw < 0 || raw >= SYSTEM_DISTANCE ? null : raw, rawDistance: raw });

// DevTools overwrites the sizes of the file while it builds a snapshot, so they are saved here.
const { initialize } = JSHeapSnapshot.prototype;
JSHeapSnapshot.prototype.initialize = function keepSelfSizes(port) {
  this.fileSelfSizes = column(this.profile, 'self_size');
  return initialize.call(this, port);
};

/** Reads a snapshot, compressed or not, as text in chunks. */
function readText(file) {
  if (file.endsWith('.zst')) {
    const { decompress } = require('fzstd');
    return [new TextDecoder().decode(decompress(fs.readFileSync(file)))];
  }
  const bytes = fs.createReadStream(file, { highWaterMark: 1 << 23 });
  const plain = file.endsWith('.gz') ? bytes.pipe(zlib.createGunzip({ chunkSize: 1 << 20 })) : bytes;
  return plain.setEncoding('utf8');
}

/** A snapshot as DevTools sees it. */
export class DevTools {
  #snapshot;

  static async open(file) {
    const warn = console.warn;
    console.warn = () => {}; // it reports unreachable nodes this way
    try {
      const loader = new HeapSnapshotLoader({ sendEvent() {} });
      for await (const text of readText(file)) {
        loader.write(text);
        await new Promise(setImmediate);
      }
      loader.close();
      await loader.parsingComplete;
      const result = new DevTools();
      const { port1, port2 } = new MessageChannel();
      new SecondaryInitManager(port2);
      result.#snapshot = await loader.buildSnapshot(port1);
      port1.close();
      port2.close();
      return result;
    } finally {
      console.warn = warn;
    }
  }

  get nodeCount() {
    return this.#snapshot.nodeCount;
  }

  get edgeCount() {
    return this.#snapshot.containmentEdges.length / this.#snapshot.edgeFieldsCount;
  }

  /** Every node in file order. */
  *nodes() {
    const snapshot = this.#snapshot;
    const node = snapshot.createNode(0);
    const dominator = snapshot.createNode(0);
    for (let i = 0; i < snapshot.nodeCount; i++) {
      node.nodeIndex = i * snapshot.nodeFieldCount;
      dominator.nodeIndex = node.dominatorIndex();
      yield {
        id: node.id(),
        name: node.name(),
        type: node.type(),
        constructor: node.className(),
        selfSize: snapshot.fileSelfSizes[i],
        shallowSize: node.selfSize(),
        retainedSize: node.retainedSize(),
        ...distances(node.distance()),
        dominatorId: dominator.id(),
        detachedness: node.detachedness(),
      };
    }
  }

  node(id) {
    const info = this.#snapshot.getObjectInfo(this.#find(id));
    const node = this.#snapshot.createNode(info.nodeIndex);
    return {
      id: info.id,
      name: info.name,
      type: info.type,
      constructor: node.className(),
      shallowSize: info.selfSize,
      retainedSize: info.retainedSize,
      ...distances(info.distance),
      detachedness: info.detachedness,
      edgeCount: info.edgeCount,
      retainerCount: info.retainerCount,
      ...this.#flags(node),
    };
  }

  summary(filter) {
    const rows = Object.entries(this.#snapshot.aggregatesWithFilter(this.#filter(filter))).map(([classKey, row]) => ({
      constructor: row.name,
      classKey,
      count: row.count,
      ...distances(row.distance),
      shallowSize: row.self,
      retainedSize: row.maxRet,
    }));
    rows.sort((a, b) => b.retainedSize - a.retainedSize || byText(a.constructor, b.constructor));
    return { totals: { nodeCount: this.nodeCount, edgeCount: this.edgeCount, totalSize: this.#snapshot.totalSize }, rows };
  }

  statistics() {
    const { total, native, v8heap } = this.#snapshot.getStatistics();
    return { total, native: { ...native }, v8heap: { ...v8heap } };
  }

  /** The Comparison view of this snapshot against an earlier one. */
  diff(before) {
    const base = before.#snapshot.aggregatesForDiff(this.#snapshot.interfaceDefinitions());
    before.uid ??= `base-${Math.random()}`; // DevTools caches by it
    const rows = Object.entries(this.#snapshot.calculateSnapshotDiff(before.uid, base)).map(([classKey, row]) => ({
      constructor: row.name,
      classKey,
      addedCount: row.addedCount,
      removedCount: row.removedCount,
      countDelta: row.countDelta,
      addedSize: row.addedSize,
      removedSize: row.removedSize,
      sizeDelta: row.sizeDelta,
    }));
    rows.sort((a, b) => b.addedSize - a.addedSize || byText(a.constructor, b.constructor));
    const totals = { addedCount: 0, removedCount: 0, countDelta: 0, addedSize: 0, removedSize: 0, sizeDelta: 0 };
    for (const row of rows) for (const key of Object.keys(totals)) totals[key] += row[key];
    return { totals, rows };
  }

  containment(id, limit) {
    return this.#edges(this.#snapshot.createEdgesProvider(this.#find(id)), ORDER.containment, limit);
  }

  retainers(id, limit) {
    return this.#edges(this.#snapshot.createRetainingEdgesProvider(this.#find(id)), ORDER.retainers, limit);
  }

  instances(classKey, limit) {
    const provider = this.#snapshot.createNodesProviderForClass(classKey, this.#filter());
    provider.sortAndRewind(ORDER.instances);
    const { items, totalLength } = provider.serializeItemsRange(0, limit);
    return { total: totalLength, rows: items.map((item) => this.#reference(item)) };
  }

  dominators(id) {
    return this.#snapshot.getDominatorsOf(this.#find(id)).map((step) => ({
      id: step.nodeId,
      name: step.nodeName,
      shallowSize: step.selfSize,
      retainedSize: step.retainedSize,
    }));
  }

  paths(id) {
    const tree = (branch) => ({
      id: branch.nodeId,
      name: branch.nodeName,
      edge: branch.edgeName,
      edgeType: branch.edgeType,
      distance: branch.distance,
      children: branch.children.map(tree),
    });
    const { paths, limitsReached } = this.#snapshot.getRetainingPaths(this.#find(id));
    return {
      paths: paths.map(tree),
      limits: ['depth', 'nodes', 'siblings'].filter((limit) => limitsReached[limit]),
    };
  }

  duplicateStrings() {
    return this.#snapshot.getDuplicateStrings().map((group) => ({
      value: group.value,
      count: group.count,
      shallowSize: group.totalSelfSize,
      retainedSize: group.totalRetainedSize,
      ids: group.nodes.map((node) => node.id),
    }));
  }

  nativeContexts() {
    const { nativeContexts, sharedSize, noAttributionSize } = this.#snapshot.getNativeContextSizes();
    return {
      rows: nativeContexts.map((context) => ({
        id: context.nodeId,
        name: context.nodeName,
        attributedSize: context.attributedSize,
        shallowSize: context.selfSize,
        retainedSize: context.retainedSize,
      })),
      sharedSize,
      unattributedSize: noAttributionSize,
    };
  }

  /** The functions that allocated, as in the Allocation view. */
  allocations() {
    if (!this.hasStacks) return { rows: [] };
    return {
      rows: this.#snapshot.allocationTracesTops().map((top) => ({
        ...frame({ ...top, functionName: top.name }),
        count: top.liveCount,
        shallowSize: top.liveSize,
        allocatedCount: top.count,
        allocatedSize: top.size,
      })),
    };
  }

  /** Whether there are allocation stacks. DevTools throws if it is asked for those of another snapshot. */
  get hasStacks() {
    return this.#snapshot.profile.snapshot.trace_function_count > 0;
  }

  /** The stack that allocated an object; `null` if it is not known. */
  allocationStack(id) {
    return this.#stackAt(this.#find(id));
  }

  /** The allocation stacks of all objects, in file order. */
  *allocationStacks() {
    const { nodeCount, nodeFieldCount } = this.#snapshot;
    for (let i = 0; i < nodeCount; i++) yield this.#stackAt(i * nodeFieldCount);
  }

  timeline() {
    const { timestamps = [], lastAssignedIds = [], sizes = [] } = this.#snapshot.getSamples() ?? {};
    return timestamps.map((timestampMs, i) => ({
      timestampMs,
      lastAssignedId: lastAssignedIds[i],
      shallowSize: sizes[i],
    }));
  }

  interfaces() {
    return JSON.parse(this.#snapshot.interfaceDefinitions());
  }

  #stackAt(nodeIndex) {
    const frames = this.hasStacks ? this.#snapshot.allocationStack(nodeIndex) : null;
    return frames === null || frames.length === 0 ? null : frames.map(frame);
  }

  #find(id) {
    const index = this.#snapshot.nodeIndexForId(id);
    if (index === undefined) throw new Error(`no node has the id ${id}`);
    return index;
  }

  #filter(name) {
    const filter = new NodeFilter();
    if (name !== undefined) filter.filterName = name;
    return filter;
  }

  #flags(node) {
    const flags = this.#snapshot.flagsOfNode(node);
    return {
      canBeQueried: Boolean(flags & this.#snapshot.nodeFlags.canBeQueried),
      detachedDomNode: Boolean(flags & this.#snapshot.nodeFlags.detachedDOMTreeNode),
    };
  }

  #reference(item) {
    return {
      id: item.id,
      name: item.name,
      type: item.type,
      ...distances(item.distance),
      shallowSize: item.selfSize,
      retainedSize: item.retainedSize,
    };
  }

  #edges(provider, order, limit) {
    provider.sortAndRewind(order);
    const { items, totalLength } = provider.serializeItemsRange(0, limit);
    return {
      total: totalLength,
      rows: items.map((item) => ({ edge: item.name, edgeType: item.type, ...this.#reference(item.node) })),
    };
  }
}

/** A function of a stack. */
const frame = ({ functionName, scriptName, scriptId, line, column: at }) => ({
  function: functionName,
  file: scriptName,
  scriptId,
  line,
  column: at,
});

function column(profile, name) {
  const fields = profile.snapshot.meta.node_fields;
  const offset = fields.indexOf(name);
  const result = new Float64Array(profile.snapshot.node_count);
  for (let i = 0; i < result.length; i++) result[i] = profile.nodes.getValue(i * fields.length + offset);
  return result;
}
