// Each try adds a `once` for an error that never comes.
import { EventEmitter, once } from 'node:events';
import harness from '../harness.js';

const connection = new EventEmitter();
connection.setMaxListeners(0);

async function query(n) {
  const rows = Array.from({ length: 40 }, (_, i) => `row ${i} of ${n}`);
  connection.once('disconnect', () => rows.push('lost'));
  const answer = once(connection, 'answer');
  connection.emit('answer', rows.length);
  await answer;
}

await harness.run(query);
