// https://github.com/node-schedule/node-schedule/pull/478: jobs that run once stay in scheduledJobs
const { measure } = require('./harness');
const schedule = require('node-schedule');
async function remind(i) {
  const reminder = { user: i, text: 'Your table is reserved' };
  await new Promise((resolve) => { schedule.scheduleJob(new Date(Date.now() + (i === 0 ? 1000 : 20)), () => resolve(reminder.text)); });
}
measure(remind, { warmup: 50, n: 100 });
