'use strict';
// Processes of this machine, in a worker thread: lists them, reads their memory, takes their snapshots.

const { listProcesses } = require('./list.js');
const { serve } = require('./serve.js');
const { takeOne, takeSeveral } = require('./take.js');
const { UsageError } = require('../kit/exit.js');
const { choose } = require('../memory.js');
const { Refusal } = require('../target/refusal.js');
const { memoryOf, withHistory } = require('../../memory/index.js');

/** Ledgers of one process that the next one is compared with: the first, and these. */
const MAX_RECENT_LEDGERS = 30;
/** Maximum number of processes with a history. */
const MAX_PROCESSES = 16;

/** Identity of a process -> its ledgers, oldest first. */
const histories = new Map();

/** Returns the ledger of a process, with the changes since the calls before. */
async function memory({ process: wanted }) {
  const target = choose(wanted);
  const key = `${target.pid} ${target.started}`;
  const earlier = histories.get(key) ?? [];
  const ledger = await memoryOf(target.pid);
  const history = [...earlier, ledger];
  if (history.length > MAX_RECENT_LEDGERS + 1) history.splice(1, 1);
  histories.delete(key);
  histories.set(key, history);
  if (histories.size > MAX_PROCESSES) histories.delete(histories.keys().next().value);
  return withHistory(ledger, earlier);
}

/** Returns the code of an error for the client. */
function codeOf(error) {
  if (error instanceof UsageError) return 'ERR_INVALID_ARG_VALUE';
  return error.code ?? (error instanceof Refusal ? 'ERR_HEAPDUMP_REFUSED' : undefined);
}

serve({ list: listProcesses, memory, takeOne, takeSeveral }, codeOf);
