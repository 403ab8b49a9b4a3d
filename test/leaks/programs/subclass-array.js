'use strict';
// A class that extends Array, and one that extends Map.
class Backlog extends Array {}
class Task { constructor(n) { this.n = n; this.payload = 't'.repeat(700) + n; } }
const backlog = new Backlog();
require('../harness').run((n) => { backlog.push(new Task(n)); });
