// https://github.com/kriskowal/q/issues/760: Q remembers every rejection that nobody handles
const { measure } = require('./harness');
const Q = require('q');
process.on('unhandledRejection', () => {});
async function refresh(i) {
  // Fire and forget: the cache is refreshed if the service answers.
  Q.fcall(() => { throw new Error('no answer for ' + i); });
  await new Promise(setImmediate);
}
measure(refresh, { warmup: 100, n: 200 });
