// https://github.com/remix-run/react-router/issues/15247: each chunk of a long response races against one error promise
const { measure } = require('./harness');
const { PassThrough } = require('node:stream');
const { writeReadableStreamToWritable } = require('@react-router/node');
let feed;
const events = new ReadableStream({ start(controller) { feed = controller; } });
const response = new PassThrough();
writeReadableStreamToWritable(events, response);
// A stream of server-sent events that stays open.
async function notify(i) {
  const arrived = new Promise((resolve) => { response.once('data', resolve); });
  feed.enqueue(Buffer.from(`id: ${i}\ndata: ${JSON.stringify({ id: i, text: 'price changed '.repeat(5) })}\n\n`));
  await arrived;
}
measure(notify, { warmup: 200, n: 300 });
