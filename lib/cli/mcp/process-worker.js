'use strict';
// Processes of this machine, in a worker thread: lists them, reads their memory, takes their snapshots.

const { listProcesses } = require('./list.js');
const { serve } = require('./serve.js');
const { takeOne, takeSeveral } = require('./take.js');
const { UsageError } = require('../kit/exit.js');
const { choose } = require('../memory.js');
const { Refusal } = require('../target/refusal.js');
const { addLedger } = require('../../memory/change.js');
const { memoryOf, withHistory } = require('../../memory/index.js');

/** Maximum number of processes with a history. */
const MAX_PROCESSES = 16;

/** Identity of a process -> its ledgers, oldest first. */
const histories = new Map();

/** Returns the ledger of a process, with the changes since the calls before. */
async function memory({ process: wanted }) {
  const target = choose(wanted);
  const key = `${target.pid} ${target.started}`;
  const ledger = await memoryOf(target.pid);
  const history = histories.get(key) ?? [];
  const judged = withHistory(ledger, history);
  addLedger(history, ledger);
  histories.delete(key);
  histories.set(key, history);
  if (histories.size > MAX_PROCESSES) histories.delete(histories.keys().next().value);
  return judged;
}

/** Returns the code of an error for the client. */
function codeOf(error) {
  if (error instanceof UsageError) return 'ERR_INVALID_ARG_VALUE';
  return error.code ?? (error instanceof Refusal ? 'ERR_HEAPDUMP_REFUSED' : undefined);
}

serve({ list: listProcesses, memory, takeOne, takeSeveral }, codeOf);
