// A leak report, cut to what fits into an answer.

import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/v4';
import type { CodeFrame, Finding, FindingSite, LeakReport, SiteFrame, SourcePlace } from '../../index.js';
import { page, pageFields, windowOf, type PageArguments } from './page.js';
import type { Roots } from './roots.js';
import { bytes } from './schemas.js';
import { clip, ends } from './text.js';

/** Maximum lengths, so that one finding fits into an answer. */
const MAX = { title: 200, sentence: 700, fix: 500, conclusion: 700, name: 100, line: 110, label: 80 };
const MAX_FRAMES = 2;
const MAX_LINES = 5;
const MAX_HOLDERS = 3;
const MAX_CALLERS = 3;
/** Steps at both ends of a path. */
const PATH = { head: 4, tail: 3 };

const place = ({ file, line, column }: SourcePlace) => `${clip(file, MAX.name)}:${line}:${column}`;

/** Whether a frame is of a file that the server may read, or of no file of this machine. */
async function mayBeShown({ location }: CodeFrame, roots: Roots): Promise<boolean> {
  const real = await realpath(path.resolve(location.file)).catch(() => undefined);
  return real === undefined || roots.has(real);
}

/** The lines of a frame around its most important label. */
function linesOf({ firstLine, lines, labels, location }: CodeFrame): string[] {
  const first = Math.max(0, Math.min(location.line - firstLine - Math.floor(MAX_LINES / 2), lines.length - MAX_LINES));
  return lines.slice(first, first + MAX_LINES).map((text, at) => {
    const number = firstLine + first + at;
    const labelled = labels.filter(({ line }) => line === number).map(({ text: label }) => clip(label, MAX.label));
    return `${number} | ${clip(text, MAX.line)}${labelled.length > 0 ? `   <- ${labelled.join('; ')}` : ''}`;
  });
}

/** The leak site. A field that is absent must not be looked up: every object inherits a `constructor`. */
function siteOf(culprit: Finding['culprit']) {
  const { location } = culprit;
  const names = Object.entries(culprit).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name === 'constructor' ? 'constructorName' : name, clip(value, MAX.name)]] : [],
  );
  return { ...(Object.fromEntries(names) as Record<string, string>), ...(location && { location: place(location) }) };
}

/** The function that allocated the objects, and its nearest callers. */
function allocationOf({ class: name, callers, share, confidence, source, ...site }: FindingSite) {
  const text = (frame: SiteFrame) => `${clip(frame.function || '(anonymous)', MAX.name)} (${place(frame)})`;
  return {
    by: text(site),
    calledFrom: callers.slice(0, MAX_CALLERS).map(text),
    class: clip(name, MAX.name),
    share: Math.round(share * 100) / 100,
    source,
    confidence: Math.round(confidence * 100) / 100,
  };
}

async function findingOf(finding: Finding, rank: number, roots: Roots) {
  const { evidence, culprit, alsoHeldBy } = finding;
  const { shown, omitted } = ends(finding.path, PATH.head, PATH.tail);
  const steps = shown.map(({ id, edge, what }) => `${clip(edge, MAX.name)} -> ${clip(what, MAX.name)} @${id}`);
  if (omitted > 0) steps.splice(PATH.head, 0, `\u2026 ${omitted} more`);
  const frames = [];
  for (const frame of finding.frames.slice(0, MAX_FRAMES)) if (await mayBeShown(frame, roots)) frames.push(frame);
  return {
    rank,
    severity: finding.severity,
    kind: finding.kind,
    confidence: Math.round(finding.confidence * 100) / 100,
    title: clip(finding.title, MAX.title),
    sentence: clip(finding.sentence, MAX.sentence),
    fix: clip(finding.fix, MAX.fix),
    culprit: siteOf(culprit),
    ...(finding.allocatedAt && { allocatedAt: allocationOf(finding.allocatedAt) }),
    retainedBytes: evidence.bytes,
    count: evidence.count,
    ...(evidence.growthPerStep !== undefined && { countPerStep: evidence.growthPerStep }),
    ...(evidence.bytesPerStep !== undefined && { bytesPerStep: Math.round(evidence.bytesPerStep) }),
    path: steps,
    code: frames.map((frame) => ({ location: place(frame.location), lines: linesOf(frame) })),
    ...(alsoHeldBy && { alsoHeldBy: alsoHeldBy.slice(0, MAX_HOLDERS).map((holder) => clip(holder, MAX.title)) }),
    ...(finding.isFilling && { isFilling: true }),
    signature: clip(finding.signature, MAX.title),
  };
}

const culprit = z.strictObject({
  variable: z.string().optional(),
  property: z.string().optional(),
  constructorName: z.string().optional(),
  function: z.string().optional(),
  location: z.string().optional().describe('file:line:column, 1-based.'),
});

const allocation = z.strictObject({
  by: z.string().describe('function (file:line:column), where the function begins.'),
  calledFrom: z.array(z.string()),
  class: z.string().describe('The class of the objects.'),
  share: z.number().describe('The part of the objects that it allocated, 0 to 1.'),
  source: z.enum(['stacks', 'profile']).describe('stacks: exact; profile: inferred from samples.'),
  confidence: z.number().describe('0 to 1.'),
});

/** The schema of a report. A step is the time between two snapshots. */
export const reportFields = {
  conclusion: z.string().describe('What the snapshots show, and the next step. Read it first.'),
  heapBytes: z.array(z.number()).describe('Size of the heap in each snapshot in bytes, oldest first.'),
  growthBytesPerStep: z.number().describe('Bytes per step of objects that are added steadily and stay alive; 0 with one snapshot.'),
  explainedBytesPerStep: z.number().describe('The part of it that findings of severity leak explain, in bytes per step.'),
  findings: z
    .array(
      z.strictObject({
        rank: z.int().describe('1 is the most important finding.'),
        severity: z
          .enum(['leak', 'suspect', 'waste'])
          .describe('leak: it grows, or its shape shows that it must have grown; suspect: it may; waste: memory to save.'),
        kind: z.string(),
        confidence: z.number().describe('0 to 1.'),
        title: z.string(),
        sentence: z.string().describe('Why the memory is retained.'),
        fix: z.string().describe('The change that ends the leak.'),
        culprit: culprit.describe('The leak site.'),
        allocatedAt: allocation
          .optional()
          .describe('The function that allocated the objects, if the snapshot or a profile beside it shows it.'),
        retainedBytes: bytes('Memory that would be freed'),
        count: z.number().describe('Number of entries, listeners, scopes and so on.'),
        countPerStep: z.number().optional().describe('Growth of count from snapshot to snapshot.'),
        bytesPerStep: z.number().optional().describe('Growth from snapshot to snapshot, in bytes.'),
        path: z.array(z.string()).describe('References from a root of the program to the leak, as "reference -> object @id".'),
        code: z
          .array(z.strictObject({ location: z.string(), lines: z.array(z.string()) }))
          .describe('Lines around the leak site. Empty if the source is not below a directory of the server.'),
        alsoHeldBy: z.array(z.string()).optional().describe('Other places that retain the same objects.'),
        isFilling: z.boolean().optional().describe('It is probably a cache that is still filling, not a leak.'),
        signature: z.string().describe('Identifies the leak in every run.'),
      }),
    )
    .describe('Leaks before suspects before waste, by the growth that they explain.'),
  ...pageFields,
};

/** Returns the page of a report beside other fields of the answer. */
export async function reportPage<Fields extends object>(fields: Fields, report: LeakReport, how: PageArguments, roots: Roots) {
  const { findings, growth, conclusion } = report;
  const rows = [];
  for (const [at, finding] of windowOf(findings, how, Math.ceil(how.maxBytes / 300)).entries())
    rows.push(await findingOf(finding, how.offset + at + 1, roots));
  const head = {
    ...fields,
    conclusion: clip(conclusion, MAX.conclusion),
    heapBytes: growth.sizes,
    growthBytesPerStep: Math.round(growth.steadyPerStep),
    explainedBytesPerStep: Math.round(growth.explainedPerStep),
  };
  return page(head, 'findings', rows, findings.length, how);
}
