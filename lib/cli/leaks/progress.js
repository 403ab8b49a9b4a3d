'use strict';
// Shows the progress of `leaks` and the estimated remaining time: on a terminal one line that is redrawn, else a line for each
// snapshot.

const { bytes } = require('../../text.js');
const { statusLine } = require('../kit/status-line.js');
const { note } = require('../target/refusal.js');

function seconds(ms) {
  return `${Math.max(1, Math.round(ms / 1000))} s`;
}

class Progress {
  #plan;
  #taken = 0;
  #begun;
  /** Durations of the last round: of the dump, and of the load before it. */
  #dumpMs = 0;
  #loadMs = 0;

  constructor(plan) {
    this.#plan = plan;
  }

  clear() {
    statusLine.clear();
  }

  /** Returns the time until the last snapshot as text; empty before a dump was measured. */
  #left(waitMs = this.#plan.waitMs) {
    const rounds = this.#plan.count - this.#taken;
    if (this.#taken === 0 || (this.#plan.load && this.#loadMs === 0)) return '';
    const ms = waitMs + (rounds - 1) * this.#plan.waitMs + rounds * (this.#dumpMs + this.#loadMs);
    return rounds > 0 ? `, about ${seconds(ms)} left` : '';
  }

  get #number() {
    return `snapshot ${this.#taken + 1} of ${this.#plan.count}`;
  }

  waiting(leftMs) {
    statusLine.show(
      `${this.#number} in ${seconds(leftMs)}${this.#left(leftMs)}; Ctrl+C ${this.#taken > 1 ? 'analyses the snapshots so far' : 'cancels'}`,
    );
  }

  loading() {
    this.#begun = performance.now();
    this.clear();
    note(`running ${this.#plan.load}`);
  }

  loaded() {
    this.#loadMs = performance.now() - this.#begun;
  }

  begin() {
    this.#begun = performance.now();
  }

  dumping({ bytes: size }) {
    statusLine.show(`${this.#number}: ${size > 0 ? `writing, ${bytes(size)}` : 'V8 takes the snapshot'}${this.#left(0)}`);
  }

  taken({ bytes: size, pauseMs }) {
    this.#dumpMs = performance.now() - this.#begun;
    const number = this.#number;
    this.#taken += 1;
    this.clear();
    const pause = pauseMs === undefined ? '' : `, JavaScript stopped for ${Math.round(pauseMs)} ms`;
    note(`${number}: ${bytes(size)}${pause}${this.#left()}`);
  }
}

module.exports = { Progress };
