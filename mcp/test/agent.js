// A scripted agent. It knows the names of tools, and what their descriptions promise; nothing of heapdump-rs.

/** Returns the rows of all pages of a list. */
export async function readPages(server, name, args, list) {
  const rows = [];
  for (let offset = 0; offset !== undefined;) {
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
 * Finds the leak of a process.
 * @param {number} pid
 * @param {string} match a part of its command line, to look for it among all processes
 * @param {boolean} mayAttach the user agrees to attach
 */
export async function solveProcess(server, pid, match, { mayAttach }) {
  const processes = await readPages(server, 'list_processes', { match }, 'processes');
  const target = processes.find((process) => process.pid === pid);
  if (!target) throw new Error(`no process ${pid} with ${match}`);
  const attach = target.access === 'attach' && mayAttach;
  const answer = await server.ask('find_leaks', { process: target.pid, attach, intervalSeconds: 1 });
  const [finding] = answer.findings;
  const object = await confirm(server, answer.snapshots.at(-1), finding);
  for (const snapshot of answer.snapshots) await server.ask('close_snapshot', { snapshot });
  return { finding, object };
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
  const {
    findings: [finding],
  } = await server.ask('findings', { snapshots });
  const object = await confirm(server, snapshots.at(-1), finding);
  for (const snapshot of snapshots) await server.ask('close_snapshot', { snapshot });
  return { finding, object };
}
