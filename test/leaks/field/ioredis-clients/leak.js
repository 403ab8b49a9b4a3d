// https://github.com/redis/ioredis/issues/1491: a client for each job that nobody closes
const { measure } = require('./harness');
const { fork } = require('node:child_process');
const Redis = require('ioredis');
const redis = fork(require.resolve('./redis.js'));
redis.once('message', (port) => {
  async function job(i) {
    const client = new Redis(port, '127.0.0.1', { enableReadyCheck: false });
    await client.set('job:' + i, 'done');
  }
  measure(job, { warmup: 30, n: 60 });
});
