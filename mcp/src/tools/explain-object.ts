import * as z from 'zod/v4';
import type { EdgeRow, NodeRow, PathForest, Snapshot } from '../../../index.js';
import { CodedError } from '../errors.js';
import { page, pageArguments, pageFields, rowsToAsk, shrink, windowOf, type PageArguments } from '../page.js';
import { edgeOf, frameOf, objectOf, pathFields, stepOf, type Step } from '../rows.js';
import { objectRow, snapshotId } from '../schemas.js';
import { tool } from '../tool.js';
import type { Names } from '../values.js';

/** More than fit by default. */
const ROWS = 60;
/** Rows of each list of the overview. */
const FEW = 5;
/** Functions of an allocation stack. */
const MAX_FRAMES = 8;
/** Steps of a path, and objects that are looked at for it. */
const MAX_STEPS = 200;
const MAX_PATH_NODES = 2000;
/** Steps at both ends of a path of the overview. */
const PATH = { head: 6, tail: 4 };

/** Returns the first of the shortest retaining paths, from the object to a root. */
function firstPath({ paths }: PathForest): Step[] {
  const steps: Step[] = [];
  for (let [branch] = paths; branch; [branch] = branch.children) steps.push(branch);
  return steps;
}

async function pathOf(snapshot: Snapshot, id: number, signal: AbortSignal): Promise<Step[]> {
  return firstPath(await snapshot.pathsToRoot(id, { depth: MAX_STEPS, nodes: MAX_PATH_NODES, siblings: 1, signal }));
}

/** Returns the object that is meant. */
async function idOf(snapshot: Snapshot, id: number | undefined, constructorName: string | undefined, signal: AbortSignal) {
  if ((id === undefined) === (constructorName === undefined))
    throw new CodedError('ERR_INVALID_ARG_VALUE', 'pass either id or constructorName');
  if (id !== undefined) return id;
  const { rows } = await snapshot.instances(constructorName!, { limit: 1, signal });
  if (rows.length > 0) return rows[0]!.id;
  throw new CodedError(
    'ERR_HEAPDUMP_NODE_NOT_FOUND',
    `no object has the constructor ${JSON.stringify(constructorName)}; summary lists names`,
  );
}

async function overview(snapshot: Snapshot, id: number, signal: AbortSignal, names: Names) {
  const few = { limit: FEW, signal };
  const [path, dominators, dominated, retainers, references] = await Promise.all([
    pathOf(snapshot, id, signal),
    snapshot.dominators(id, { limit: FEW + 1, signal }),
    snapshot.dominatorTree(id, few),
    snapshot.retainers(id, few),
    snapshot.children(id, few),
  ]);
  return {
    ...pathFields(path, PATH, names),
    // The first one is the object itself.
    dominators: dominators.rows.slice(1).map((row) => objectOf(row, names)),
    dominated: dominated.rows.map((row) => objectOf(row, names)),
    retainers: retainers.rows.map((row) => edgeOf(row, names)),
    references: references.rows.map((row) => edgeOf(row, names)),
  };
}

interface Window {
  offset: number;
  limit: number;
  signal: AbortSignal;
}

/** Returns the rows of a list without its first `skip` ones, and their total number. */
async function listed<Row, Shown>(
  ask: (window: Window) => Promise<{ rows: Row[]; totals: { count: number } }>,
  show: (row: Row) => Shown,
  { how, signal }: { how: PageArguments; signal: AbortSignal },
  skip = 0,
) {
  const { rows, totals } = await ask({ offset: how.offset + skip, limit: rowsToAsk(how, ROWS), signal });
  return { rows: rows.map(show), total: totals.count - skip };
}

type Part = 'path' | 'dominators' | 'dominated' | 'retainers' | 'references';

/** Returns the rows of a list that can be read to its end, and their total number. */
async function partOf(part: Part, snapshot: Snapshot, id: number, how: PageArguments, signal: AbortSignal, names: Names) {
  const object = (row: NodeRow) => objectOf(row, names);
  const reference = (row: EdgeRow) => edgeOf(row, names);
  const page = { how, signal };
  switch (part) {
    case 'path': {
      const steps = await pathOf(snapshot, id, signal);
      return { rows: windowOf(steps, how, ROWS).map((step) => stepOf(step, names)), total: steps.length };
    }
    case 'dominators':
      // The first one is the object itself.
      return listed((window) => snapshot.dominators(id, window), object, page, 1);
    case 'dominated':
      return listed((window) => snapshot.dominatorTree(id, window), object, page);
    case 'retainers':
      return listed((window) => snapshot.retainers(id, window), reference, page);
    case 'references':
      return listed((window) => snapshot.children(id, window), reference, page);
  }
}

// With an id, a schema is in the answer of `tools/list` once.
const step = z
  .strictObject({
    reference: z.string().describe('Name of the property or variable, or number of the element.'),
    from: z.string().describe('The object that refers.'),
    fromId: z.int(),
  })
  .meta({ id: 'step' });
const object = z.strictObject(objectRow).meta({ id: 'object' });
const reference = z.strictObject({ reference: z.string(), ...objectRow }).meta({ id: 'reference' });

export const explainObject = tool({
  name: 'explain_object',
  title: 'Explain an object',
  description: `Says what an object of an open snapshot is and why it is alive: its sizes, the shortest retaining path to a root of the
program, its dominators (objects that each alone keep it alive), what it dominates, its retainers, its references. Pass an id (from
findings, diff or this tool), or a constructorName for the object of it that retains most. part "overview" has the first rows of each list;
another part returns that list in "rows", page by page; "instances" lists the objects of the constructor. Contents of strings are
hidden, and so are names that look like data ("…"), unless the server was started with --show-values.`,
  input: {
    snapshot: snapshotId,
    id: z.int().min(0).optional().describe('Id of the object.'),
    constructorName: z.string().min(1).max(1000).optional().describe('Name of a constructor, as summary has it.'),
    part: z
      .enum(['overview', 'path', 'dominators', 'dominated', 'retainers', 'references', 'instances'])
      .default('overview')
      .describe('Which list. "instances" needs constructorName.'),
    ...pageArguments,
  },
  output: {
    object: z
      .strictObject({
        ...objectRow,
        selfBytes: z.number().describe('Size as V8 wrote it, in bytes.'),
        isDetachedDomNode: z.boolean(),
        edgeCount: z.int().describe('Number of references from it.'),
        retainerCount: z.int().describe('Number of references to it.'),
        location: z
          .strictObject({ scriptId: z.int(), line: z.int(), column: z.int() })
          .optional()
          .describe('Position of the code of a function or constructor, 1-based; its path is not in the snapshot.'),
        allocatedBy: z
          .array(z.string())
          .optional()
          .describe(`The function that allocated it, its caller, and so on, up to ${MAX_FRAMES}; only if V8 tracked allocations.`),
      })
      .optional()
      .describe('The object; absent for part "instances".'),
    path: z.array(step).optional().describe('From the object to a root: each step refers to the one before.'),
    omittedSteps: z.int().optional().describe(`Steps of the path left out after the first ${PATH.head}; see part "path".`),
    dominators: z.array(object).optional().describe('The immediate dominator first.'),
    dominated: z.array(object).optional().describe('Objects that it immediately dominates, the largest first.'),
    retainers: z.array(reference).optional().describe('References to it, nearest to the roots first.'),
    references: z.array(reference).optional().describe('References from it, the largest objects first.'),
    rows: z
      .array(z.union([step, reference, object]))
      .optional()
      .describe('The list of the part.'),
    ...pageFields,
  },
  isReadOnly: true,
  run({ snapshot: snapshotName, id: wanted, constructorName, part, ...how }, { session, signal }) {
    return session.store.use([snapshotName], (entry) =>
      session.heavy.take(signal, async () => {
        const { names } = session;
        const { snapshot } = entry!;
        if (part === 'instances') {
          if (constructorName === undefined)
            throw new CodedError('ERR_INVALID_ARG_VALUE', 'part "instances" needs constructorName');
          const ask = (window: Window) => snapshot.instances(constructorName, window);
          const { rows, total } = await listed(ask, (row) => objectOf(row, names), { how, signal });
          return page({}, 'rows', rows, total, how);
        }
        const id = await idOf(snapshot, wanted, constructorName, signal);
        const node = await snapshot.node(id, { signal });
        const object = {
          ...objectOf(node, names),
          selfBytes: node.selfSize,
          isDetachedDomNode: node.detachedDomNode,
          edgeCount: node.edgeCount,
          retainerCount: node.retainerCount,
          ...(node.location && {
            location: { scriptId: node.location.scriptId, line: node.location.line + 1, column: node.location.column + 1 },
          }),
          ...(node.allocationStack && { allocatedBy: node.allocationStack.slice(0, MAX_FRAMES).map(frameOf) }),
        };
        if (part === 'overview') return shrink({ object, ...(await overview(snapshot, id, signal, names)) }, how.maxBytes);
        const { rows, total } = await partOf(part, snapshot, id, how, signal, names);
        return page({ object }, 'rows', rows as Array<(typeof rows)[number]>, total, how);
      }),
    );
  },
});
