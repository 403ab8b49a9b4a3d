// Compiled, never run: what an ES module in TypeScript writes, and what the compiler must refuse.

import heapdump, {
  type AllocationRow,
  type StackFrame,
  Snapshot,
  analyze,
  analyzeSync,
  capabilities,
  diff,
  diffSync,
  dump,
  expectNoLeak,
  findLeaks,
  install,
  leakReport,
  leakReportSync,
  off,
  removeListener,
  on,
  once,
  open,
  openSync,
  snapshot as live,
  trend,
  trendSync,
  uninstall,
  writeSnapshot,
  type Diff,
  type DiffByName,
  type NodeRow,
  type OwnerTrend,
  type Source,
  type Summary,
  type SummaryRow,
  type Capabilities,
  type DumpOptions,
  type DumpResult,
  type SentDumpResult,
  type HeapdumpError,
  type HeapdumpErrorCode,
  type InstallOptions,
  type ExpectNoLeakOptions,
  type Finding,
  type FindingKind,
  type FindingMessage,
  type FindingMessageValue,
  type FindingShare,
  type Leak,
  type LeakError,
  type LeakReport,
} from 'heapdump-rs';
import * as all from 'heapdump-rs';
import 'heapdump-rs/register';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function proves<_T extends true>(): void {}

// Every form of import gives the same functions.
proves<Equal<typeof heapdump.dump, typeof dump>>();
proves<Equal<typeof all.dump, typeof dump>>();
proves<Equal<typeof all.default.install, typeof install>>();

// One thread gives one result, all threads a list.
proves<Equal<Awaited<ReturnType<typeof dump>>, DumpResult>>();
const one: DumpResult = await dump();
const current: DumpResult = await dump({ threads: 'current', path: new URL('file:///tmp/a.heapsnapshot') });
const every: DumpResult[] = await dump({ threads: 'all', dir: 'dumps' });
const sent: SentDumpResult = await dump({ to: { url: new URL('https://a/'), method: 'POST', headers: { a: 'b' } } });
const address: string = (await dump({ to: '-' })).sent.to;
const numbers: number[] = [one.bytes, one.snapshotBytes, one.pauseMs, one.durationMs, one.pid, one.threadId, one.memoryAfter.rss];
const texts: string[] = [one.path, one.method, one.reason, one.startedAt, one.node, one.v8];

const options: Required<Omit<DumpOptions, 'path' | 'threads' | 'to'>> = {
  dir: '/var/dumps',
  name: '{host}-{pid}-{tid}-{seq}-{utc}.heapsnapshot',
  overwrite: true,
  mode: 'inline',
  comparable: true,
  fallback: true,
  deadlineMs: 60_000,
  force: true,
  redact: [{ startsWith: 'Bearer ' }, { longerThan: 40 }],
  encryptTo: ['age1…'],
  compress: 'zstd',
  sidecar: true,
  sources: true,
  allocationStacks: { seconds: 20 },
  wait: true,
  exposeInternals: false,
  exposeNumericValues: true,
  onProgress: ({ bytes }) => console.log(bytes.toFixed()),
  signal: AbortSignal.timeout(1000),
};
await dump(options);

const installing: Required<InstallOptions> = {
  signal: 'SIGUSR1',
  dir: '/var/dumps',
  name: '{pid}.heapsnapshot',
  threads: 'all',
  mode: 'fork',
  force: true,
  redact: 'strict',
  encryptTo: 'age1…',
  wedgedAfterMs: false,
  compress: true,
  sidecar: true,
  sources: true,
  quiet: true,
};
install(installing);
install({ wedgedAfterMs: 500 });
install();
const was: boolean = uninstall();

const written: boolean[] = [
  writeSnapshot(),
  writeSnapshot('a.heapsnapshot'),
  writeSnapshot(undefined, (error) => error?.message),
  writeSnapshot('a.heapsnapshot', (error: HeapdumpError | null, filename?: string) => [error, filename]),
];

const report = (result: DumpResult): void => console.log(result.path);
on('dump', report)
  .once('error', ({ code, path }) => console.error(code, path))
  .off('dump', report);
once('dump', (result) => result.bytes);
off('dump', report);
removeListener('dump', report).removeListener('error', (error: HeapdumpError) => console.error(error.code));

const can: Capabilities = capabilities();
if (!can.signal.available) console.log(can.signal.reason);
else if (can.signal.installed !== null) console.log(can.signal.installed.wedgedAfterMs, can.signal.installed.dir);

const snapshot: Snapshot = await open('a.heapsnapshot', {
  signal: AbortSignal.timeout(1000),
  onProgress: ({ stage, done, total }) => console.log(stage, done / total),
});
const sources: Source[] = ['a.heapsnapshot', new URL('file:///tmp/a.heapsnapshot'), snapshot, openSync('b.heapsnapshot')];
const summary: Summary = await analyze(snapshot, { sort: 'count', limit: 5, match: 'Order', filter: 'duplicatedStrings' });
const top: SummaryRow | undefined = analyzeSync(sources[0]!, { limit: 1 }).rows[0];
const changes: Diff = await diff('a.heapsnapshot', snapshot, { sort: 'countDelta', reverse: true });
const named: DiffByName = diffSync('a.heapsnapshot', 'b.heapsnapshot', { by: 'name' });
const either: 'id' | 'name' = diffSync('a', 'b', numbers.length > 1 ? { by: 'name' } : { by: 'id' }).comparedBy;
const [growing]: OwnerTrend[] = (await trend(['a', snapshot, new URL('file:///c')], { sort: 'sizeDelta', owners: 3 })).owners.rows;
const leaks: number = trendSync([snapshot, snapshot, snapshot]).rows.filter(({ verdict }) => verdict === 'growing').length;
const found: LeakReport = await leakReport(sources, { limit: 3, ignore: ['a|b'], signal: AbortSignal.timeout(1000) });
const [worst]: Finding[] = leakReportSync(['a', snapshot]).findings;
const explained: FindingShare | undefined = worst?.evidence.explained;
const sentences: string[] = [found.conclusion, ...(worst?.alsoHeldBy ?? []), ...(await findLeaks(['a'])).map(({ title }) => title)];
const said: FindingMessage[] = [...found.messages.conclusion, ...(worst?.messages.sentence ?? [])];
const filled: (FindingMessageValue | undefined)[] = said.map(({ args }) => args.name);
const rates: number[] = [
  ...found.growth.sizes,
  found.growth.steadyPerStep,
  found.growth.explainedPerStep,
  explained?.bytesPerStep ?? 0,
];
const kinds: FindingKind[] = [
  'promise-reactions',
  'promise-chain',
  'open-handles',
  'wrapped-functions',
  'undrained-stream',
  'reloaded-modules',
];
const growth: number = diffSync(snapshot, 'b.heapsnapshot').totals.sizeDelta;
const keeper: NodeRow | undefined = changes.newObjects.rows[0]?.owner;
const objects: NodeRow[] = (await snapshot.instances('Order', { limit: 3 })).rows;
const holder: string | undefined = snapshot.retainersSync(objects[0]!.id, { sort: 'distance' }).rows[0]?.edge;
const line: number | undefined = (await snapshot.node(1)).location?.line;
const stack: StackFrame[] | null = await snapshot.allocationStack(1);
const site: AllocationRow | undefined = snapshot.allocationsSync({ by: 'stack', sort: 'allocatedSize', limit: 1 }).rows[0];
const made: number[] = (await snapshot.timeline()).rows.map(({ timestampMs, shallowSize }) => timestampMs + shallowSize);
const forest = await snapshot.pathsToRoot(1, { depth: 10, nodes: 100, siblings: 5, signal: AbortSignal.abort() });
const isCut: boolean = forest.limits.includes('depth') && forest.paths.every(({ children }) => children.length === 0);
snapshot.close();
const heap: Snapshot = await live({ wait: true, exposeInternals: true, exposeNumericValues: false, onProgress: () => {} });
const own: Summary[] = [await analyze(), await analyze(undefined, { wait: true, limit: 5 }), analyzeSync()];

const careful: Required<ExpectNoLeakOptions> = {
  iterations: 50,
  warmup: 0,
  tolerance: 0.1,
  confirmMs: 0,
  stillFilling: 'fail',
  signal: AbortSignal.timeout(1000),
  ignore: ['Session', /^_cache$/, ({ owner, path }: Leak) => owner.name === 'Map' || path.some(({ edge }) => edge === 'cache')],
};
const nothing: void = await expectNoLeak(() => {}, careful);
await expectNoLeak(async () => 42, { ignore: /Session/ });
const messages = (error: LeakError): string[] =>
  error.leaks.map(({ constructor, parts }) => `${constructor} ${parts[0]?.countPerIteration}`);

function explain(error: HeapdumpError): string {
  const code: HeapdumpErrorCode | string = error.code;
  return code === 'ERR_HEAPDUMP_BUSY' ? 'busy' : `${error.syscall} ${error.errno}`;
}

// @ts-expect-error there is no such option
dump({ filename: 'a' });
// @ts-expect-error nor such a mode
dump({ mode: 'magic' });
// @ts-expect-error compression is by name
dump({ compress: 'br' });
// @ts-expect-error a signal has a name
install({ signal: 12 });
// @ts-expect-error the name of a file is a text
writeSnapshot(1);
// @ts-expect-error there is no such event
on('snapshot', () => {});
// @ts-expect-error a snapshot comes from a file
new Snapshot();
// @ts-expect-error there is no such column
analyze('a.heapsnapshot', { sort: 'beauty' });
// @ts-expect-error what blocks cannot be given up
analyzeSync('a.heapsnapshot', { signal: AbortSignal.abort() });
// @ts-expect-error only a snapshot of this process waits for others
analyze('a.heapsnapshot', { wait: true });
// @ts-expect-error the function itself is what is examined
expectNoLeak(Promise.resolve());
// @ts-expect-error a pattern, not a number
expectNoLeak(() => {}, { ignore: 3 });
// @ts-expect-error an object has an id
snapshot.node();
// @ts-expect-error a result is not to be changed into a list
const wrong: DumpResult[] = await dump();

export {
  changes,
  current,
  either,
  every,
  sent,
  address,
  explain,
  growing,
  growth,
  heap,
  holder,
  isCut,
  stack,
  site,
  made,
  keeper,
  kinds,
  leaks,
  line,
  named,
  nothing,
  numbers,
  own,
  filled,
  rates,
  sentences,
  sources,
  summary,
  texts,
  messages,
  top,
  was,
  written,
  wrong,
};
