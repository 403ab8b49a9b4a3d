import * as z from 'zod/v4';
import type { PathForest, Snapshot } from '../../../index.js';
import { CodedError } from '../errors.js';
import { page, pageArguments, pageFields, rowsToAsk, shrink, type PageArguments } from '../page.js';
import { edgeOf, objectOf, stepOf, type Step } from '../rows.js';
import { objectRow, snapshotId } from '../schemas.js';
import { ends } from '../text.js';
import { tool } from '../tool.js';
import type { Names } from '../values.js';

/** More than fit by default. */
const ROWS = 60;
/** Rows of each list of the overview. */
const FEW = 5;
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
  const { shown, omitted } = ends(path, PATH.head, PATH.tail);
  return {
    path: shown.map((step) => stepOf(step, names)),
    ...(omitted > 0 && { omittedSteps: omitted }),
    // The first one is the object itself.
    dominators: dominators.rows.slice(1).map((row) => objectOf(row, names)),
    dominated: dominated.rows.map((row) => objectOf(row, names)),
    retainers: retainers.rows.map((row) => edgeOf(row, names)),
    references: references.rows.map((row) => edgeOf(row, names)),
  };
}

/** The lists that can be read to their end, by the value of `part`. */
const PARTS = {
  async path(snapshot: Snapshot, id: number, how: PageArguments, signal: AbortSignal, names: Names) {
    const steps = await pathOf(snapshot, id, signal);
    const rows = steps.slice(how.offset, how.offset + rowsToAsk(how, ROWS)).map((step) => stepOf(step, names));
    return { rows, total: steps.length };
  },
  async dominators(snapshot: Snapshot, id: number, how: PageArguments, signal: AbortSignal, names: Names) {
    const { rows, totals } = await snapshot.dominators(id, { offset: how.offset + 1, limit: rowsToAsk(how, ROWS), signal });
    return { rows: rows.map((row) => objectOf(row, names)), total: totals.count - 1 };
  },
  async dominated(snapshot: Snapshot, id: number, how: PageArguments, signal: AbortSignal, names: Names) {
    const { rows, totals } = await snapshot.dominatorTree(id, { offset: how.offset, limit: rowsToAsk(how, ROWS), signal });
    return { rows: rows.map((row) => objectOf(row, names)), total: totals.count };
  },
  async retainers(snapshot: Snapshot, id: number, how: PageArguments, signal: AbortSignal, names: Names) {
    const { rows, totals } = await snapshot.retainers(id, { offset: how.offset, limit: rowsToAsk(how, ROWS), signal });
    return { rows: rows.map((row) => edgeOf(row, names)), total: totals.count };
  },
  async references(snapshot: Snapshot, id: number, how: PageArguments, signal: AbortSignal, names: Names) {
    const { rows, totals } = await snapshot.children(id, { offset: how.offset, limit: rowsToAsk(how, ROWS), signal });
    return { rows: rows.map((row) => edgeOf(row, names)), total: totals.count };
  },
};

/** The same for objects of a constructor. */
async function instances(snapshot: Snapshot, constructor: string, how: PageArguments, signal: AbortSignal, names: Names) {
  const { rows, totals } = await snapshot.instances(constructor, { offset: how.offset, limit: rowsToAsk(how, ROWS), signal });
  return { rows: rows.map((row) => objectOf(row, names)), total: totals.count };
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
      session.heavy.run(signal, async () => {
        const { names } = session;
        const { snapshot } = entry!;
        if (part === 'instances') {
          if (constructorName === undefined)
            throw new CodedError('ERR_INVALID_ARG_VALUE', 'part "instances" needs constructorName');
          const { rows, total } = await instances(snapshot, constructorName, how, signal, names);
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
        };
        if (part === 'overview') return shrink({ object, ...(await overview(snapshot, id, signal, names)) }, how.maxBytes);
        const { rows, total } = await PARTS[part](snapshot, id, how, signal, names);
        return page({ object }, 'rows', rows as Array<(typeof rows)[number]>, total, how);
      }),
    );
  },
});
