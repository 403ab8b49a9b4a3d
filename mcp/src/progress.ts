// Progress notifications of a call.

import type { ServerContext } from '@modelcontextprotocol/server';
import type { AnalysisProgress } from '../../index.js';

/** Between two notifications. */
const INTERVAL_MS = 250;
/** Between two notifications of a call that cannot say how far it is, and how many percent they add: a value must rise. */
const ALIVE_MS = 5000;
const ALIVE_STEP = 0.02;

/** The stages of opening a file, in their order. */
const STAGES: Array<AnalysisProgress['stage']> = [
  'start',
  'read',
  'detachedness',
  'flags',
  'shallow sizes',
  'distances',
  'classes',
  'dominators',
  'retained sizes',
];

/** Reports percent, which never fall, if the client asked for progress. */
export class Progress {
  readonly #send: (percent: number) => void;
  #percent = 0;
  #message = 'begun';
  #sentAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor({ mcpReq }: ServerContext) {
    const token = mcpReq._meta?.progressToken;
    this.#send = (progress) => {
      if (token === undefined) return;
      const params = { progressToken: token, progress, total: 100, message: this.#message };
      // The client may have gone, which the call itself finds out.
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
    };
    // A client that hears nothing ends the call.
    if (token !== undefined) this.#timer = setInterval(() => this.#advance(this.#percent + ALIVE_STEP), ALIVE_MS);
  }

  /** @param share what is done of the call, 0 to 1 */
  report(share: number, message: string): void {
    this.#message = message;
    if (performance.now() - this.#sentAt >= INTERVAL_MS) this.#advance(share * 100);
  }

  #advance(percent: number): void {
    const next = Math.min(100, percent);
    if (next <= this.#percent) return;
    this.#percent = next;
    this.#sentAt = performance.now();
    this.#send(Math.round(next * 100) / 100);
  }

  /** The call has ended. */
  end(): void {
    clearInterval(this.#timer);
  }

  /** Returns an `onProgress` of the API for work that is a part of the call: from the share `from` to `to`. */
  part(from: number, to: number, name: string): (progress: AnalysisProgress) => void {
    return ({ stage, done, total }) => {
      const share = (Math.max(0, STAGES.indexOf(stage)) + (total > 0 ? done / total : 0)) / STAGES.length;
      this.report(from + (to - from) * Math.min(1, share), `${name}: ${stage}`);
    };
  }
}
