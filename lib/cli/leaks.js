'use strict';

const { choice } = require('./kit/arguments.js');
const { EXIT } = require('./kit/exit.js');
const { FINDING_OPTIONS, findingOptions, growthOf, printFindings } = require('./kit/findings.js');
const { IDENTITY_OPTION } = require('./kit/identity-option.js');
const { LANGUAGES, PAGE_LANGUAGE } = require('./kit/languages.js');
const { openAll } = require('./kit/open.js');
const { writePage } = require('./kit/page.js');
const { Files } = require('./leaks/files.js');
const { DEFAULT_COUNT, DEFAULT_INTERVAL_MS, MIN_COUNT, readPlan, runLoad, wait } = require('./leaks/plan.js');
const { Progress } = require('./leaks/progress.js');
const { BySignal } = require('./target/by-signal.js');
const { fromProcess, rssOf } = require('./target/inspect.js');
const { REACH_OPTIONS, reach } = require('./target/reach.js');
const { Refusal, note, reaching } = require('./target/refusal.js');

/** Takes the planned snapshots, and adds them to `files`. */
async function collect({ target, dumps }, plan, files, stop) {
  const progress = new Progress(plan);
  try {
    for (let taken = 0; taken < plan.count; taken++) {
      if (taken > 0) {
        if (plan.load !== undefined) {
          progress.loading();
          await runLoad(plan.load, stop);
          progress.loaded();
        }
        await wait(plan.waitMs, stop, (leftMs) => progress.waiting(leftMs));
      }
      progress.begin();
      // Scripts may be in the heap only, and not on the disk. The second snapshot includes those of the first.
      const options = { dir: dumps.directory, sources: taken > 0 };
      // A dump by a signal cannot be cancelled, so that the command waits for its file.
      const abort = dumps instanceof BySignal ? undefined : stop;
      const before = rssOf(target.pid);
      const result = await dumps.dump(options, (state) => progress.dumping(state), abort);
      files.adopt(result, { before, after: rssOf(target.pid) });
      progress.taken(result);
    }
  } finally {
    progress.clear();
  }
}

/** The same, but two snapshots are enough if it ends early. */
async function collectEnough(reached, plan, files, stop) {
  try {
    await collect(reached, plan, files, stop);
  } catch (error) {
    const isExpected = error instanceof Refusal || error.name === 'AbortError';
    if (!isExpected || files.snapshots.length < MIN_COUNT) throw error;
    if (error instanceof Refusal) note(error.message);
    note(`these are the findings of ${files.snapshots.length} snapshots`);
  }
}

/** Adds the root directory of a process in a container to the source roots, because paths of its scripts are relative to it. */
function withItsRoot({ pid }, analysis) {
  const root = fromProcess(pid, '/');
  return root === '/' ? analysis : { ...analysis, sourceRoots: { '/': root, ...analysis.sourceRoots } };
}

async function writeReport(paths, snapshots, values, analysis, template) {
  const { build } = require('../report/build.js');
  await writePage(values.output, build(snapshots, paths, { ...analysis, language: values.lang }), template);
  return EXIT.ok;
}

async function leaks(wanted, values, stop) {
  const plan = readPlan(values);
  const options = findingOptions(values);
  choice(values.lang, 'lang', LANGUAGES);
  // Read first, because it may be missing.
  const template = values.output === undefined ? undefined : require('../report/page.js').template();
  const reached = await reach(wanted, values, stop);
  const { target, dumps } = reached;
  const analysis = withItsRoot(target, options.analysis);
  let files;
  try {
    files = new Files(values.keep);
    try {
      await collectEnough(reached, plan, files, stop);
    } finally {
      await dumps.close();
    }
    const snapshots = await openAll(files.snapshots);
    const process = { pid: target.pid, rss: files.rss };
    if (template !== undefined) {
      const { line } = await growthOf(snapshots, process);
      if (line !== undefined) note(line);
      return await writeReport(files.snapshots, snapshots, values, analysis, template);
    }
    return await printFindings(snapshots, { ...options, analysis }, process);
  } finally {
    files?.remove();
  }
}

function run({ values, positionals: [wanted] }) {
  return reaching((stop) => leaks(wanted, values, stop), 'call findLeaks() in the program');
}

module.exports = {
  usage: 'PID|NAME',
  positionals: [1],
  options: {
    interval: {
      type: 'string',
      value: 'TIME',
      about: `time between snapshots, such as 30s or 2m (${DEFAULT_INTERVAL_MS / 1000}s)`,
    },
    count: { type: 'string', value: 'N', about: `snapshots to take (${DEFAULT_COUNT})` },
    load: {
      type: 'string',
      value: 'COMMAND',
      about: 'run this once between snapshots instead of waiting: each step has the same work',
    },
    output: { type: 'string', short: 'o', value: 'HTML', about: 'write a page as the command report does, instead of text' },
    lang: PAGE_LANGUAGE,
    keep: { type: 'string', value: 'DIR', about: 'keep the snapshots in DIR' },
    ...FINDING_OPTIONS,
    ...REACH_OPTIONS,
    ...IDENTITY_OPTION,
  },
  help: `Takes three comparable snapshots of a running process, by a forked child if possible, and prints the findings as the
command suspects does. Snapshots are in a private temporary directory, which is removed afterwards unless --keep is given.
Ctrl+C after two snapshots prints the findings of these two.

On Linux the first line says whether memory grew on the heap or outside of it. It compares RSS of the process before each dump
with the heap in the snapshots; of three and more snapshots, from the second on. JSON has it as memory, as for suspects.

PID or NAME is as for the command dump. A process that has not loaded heapdump-rs needs --attach (docs/attach.md).`,
  run,
};
