// A scripted agent. It knows the names of tools, and what their descriptions promise; nothing of heapdump-rs.

/** Returns the pages of a list, one after the other, until `isEnough`. */
export async function readPages(server, name, args, list, isEnough = () => false) {
  const rows = [];
  for (let offset = 0; offset !== undefined && !isEnough(rows);) {
    const answer = await server.ask(name, { ...args, offset });
    rows.push(...answer[list]);
    offset = answer.nextOffset;
  }
  return rows;
}

/** "@id" of the last step of a path. */
const lastId = ({ path }) => Number(/@(\d+)$/.exec(path.at(-1))?.[1]);

/** Looks at the object at the end of the finding's path, as a reader would who wants to know whether it is true. */
async function confirm(server, snapshot, finding) {
  const id = lastId(finding);
  if (!Number.isInteger(id)) return undefined;
  return server.ask('explain_object', { snapshot, id });
}

/**
 * Finds the leak of the process whose command line contains `match`.
 * @param {boolean} mayAttach the user agrees to attach
 */
export async function solveProcess(server, match, { mayAttach, seconds = 1 }) {
  const { processes } = await server.ask('list_processes', { match });
  const [target] = processes;
  if (!target) throw new Error(`no process ${match}`);
  const attach = target.access === 'attach' && mayAttach;
  const answer = await server.ask('find_leaks', { process: target.pid, attach, intervalSeconds: seconds });
  const [finding] = answer.findings;
  const object = await confirm(server, answer.snapshots.at(-1), finding);
  for (const snapshot of answer.snapshots) await server.ask('close_snapshot', { snapshot });
  return { finding, object, conclusion: answer.conclusion };
}

/** Finds the leak in all snapshots of the first directory of the server. */
export async function solveFiles(server) {
  const files = await readPages(server, 'list_snapshots', {}, 'files');
  // Newest first.
  const snapshots = [];
  for (const { path } of files.toReversed?.() ?? [...files].reverse()) {
    const { snapshot } = await server.ask('open_snapshot', { path });
    snapshots.push(snapshot);
  }
  const { findings, conclusion } = await server.ask('findings', { snapshots });
  const [finding] = findings;
  const object = await confirm(server, snapshots.at(-1), finding);
  for (const snapshot of snapshots) await server.ask('close_snapshot', { snapshot });
  return { finding, object, conclusion };
}
