'use strict';
// Timers that are cleared.
class Job { constructor(n) { this.data = 'j'.repeat(500) + n; } }
require('../harness').run((n) => {
  const job = new Job(n);
  const timer = setInterval(() => job.data, 60_000);
  clearInterval(timer);
});
