// Queues, limits, a circuit breaker and listeners that are removed, all on signals and emitters that stay.
const { measure } = require('./harness');
const { once } = require('node:events');
const { default: PQueue } = require('p-queue');
const Bottleneck = require('bottleneck');
const async = require('async');
const CircuitBreaker = require('opossum');
const { EventEmitter } = require('eventemitter3');
const pLimit = require('p-limit');
const queue = new PQueue({ concurrency: 2, timeout: 5000 });
const limiter = new Bottleneck({ maxConcurrent: 5 });
const workers = async.queue((task, done) => setImmediate(done, null, task.id), 3);
const breaker = new CircuitBreaker(async (id) => { if (id % 50 === 0) throw new Error('down'); return id; }, { timeout: 1000, errorThresholdPercentage: 90 });
breaker.fallback(() => -1);
const limit = pLimit(3);
const bus = new EventEmitter();
const shutdown = new AbortController();
const ticks = new EventTarget();
async function job(i) {
  const onDone = () => i;
  bus.on('done', onDone);
  const tick = once(ticks, 'tick', { signal: shutdown.signal });
  ticks.dispatchEvent(new Event('tick'));
  await Promise.all([
    tick, queue.add(() => i), limiter.schedule(async () => i), workers.pushAsync({ id: i }), breaker.fire(i),
    limit(() => new Promise(setImmediate)), Promise.race([new Promise(setImmediate), new Promise((resolve) => { setTimeout(resolve, 3); })]),
  ]);
  bus.emit('done');
  bus.off('done', onDone);
}
measure(job, { warmup: 500, n: 500 });
