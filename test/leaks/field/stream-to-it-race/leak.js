// https://github.com/alanshaw/stream-to-it/issues/6: each chunk races against four promises about the end of the stream
const { measure } = require('./harness');
const { Writable } = require('node:stream');
const { EventEmitter, once } = require('node:events');
const toIterable = require('stream-to-it');
const log = new EventEmitter();
const file = new Writable({ write(chunk, encoding, done) { log.emit('written'); done(); } });
async function* lines() {
  for (;;) yield (await once(log, 'line'))[0];
}
toIterable.sink(file)(lines());
async function request(i) {
  const written = once(log, 'written');
  log.emit('line', Buffer.from(`GET /orders/${i} 200 ${'.'.repeat(100)}\n`));
  await written;
  await new Promise(setImmediate);
}
measure(request, { warmup: 200, n: 300 });
