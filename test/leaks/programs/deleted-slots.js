'use strict';
// Finished tasks are deleted from the array by index, failed ones are left; the array keeps them and its length only grows.
class TaskTable {
  constructor() { this.tasks = []; }
  start(task) { return this.tasks.push(task) - 1; }
  finish(id) { delete this.tasks[id]; }
}

const table = new TaskTable();
require('../harness').run((n) => {
  for (let i = 0; i < 10; i++) {
    const id = table.start({ n, i, input: new Array(30).fill(n + 0.5) });
    if (i % 5 !== 0) table.finish(id);
  }
});
