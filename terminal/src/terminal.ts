// Takes over the terminal, and restores it in any case.

import { type Interface, emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import ansi from 'ansi-escapes';
import { onExit } from 'signal-exit';
import type { Size } from './screen.js';

/** Cuts long lines at the edge, so that a text whose width was misjudged does not break the screen. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const RESET = '\u001b[0m';

/** Escape is the key of that name if no character follows within this time. Otherwise it starts the code of another key. */
const ESCAPE_TIMEOUT_MS = 50;

/** The size of a terminal that does not report its size. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

interface Key {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  meta?: boolean;
  shift?: boolean;
}

export interface Hooks {
  onKey(name: string, text: string): void;
  /** Called when the size changes, or when another program has drawn: the screen must be drawn again. */
  onStale(): void;
  /** Called when the terminal is closed. */
  onHangup(): void;
}

/** Returns the name of a key: the character that it types, or else its own name. */
function nameOf({ name, sequence = '', ctrl, meta, shift }: Key): { name: string; text: string } {
  const isText = !ctrl && !meta && /^[^\p{Cc}\p{Cs}]+$/u.test(sequence);
  if (isText) return { name: sequence, text: sequence };
  return { name: `${ctrl ? 'ctrl-' : ''}${shift ? 'shift-' : ''}${name === 'enter' ? 'return' : (name ?? '')}`, text: '' };
}

export class Terminal {
  #in: ReadStream;
  #out: WriteStream;
  #isOurs = false;
  #forget: (() => void)[] = [];

  constructor(input: ReadStream, output: WriteStream) {
    this.#in = input;
    this.#out = output;
  }

  get size(): Size {
    const { columns, rows } = this.#out;
    return columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;
  }

  write = (text: string): void => {
    if (this.#isOurs) this.#out.write(text);
  };

  /** Takes over the terminal. From then on it is restored at every end of the process that can be detected. */
  enter(hooks: Hooks): void {
    this.#forget.push(onExit(() => this.leave(), { alwaysLast: true }));
    // The only property of an interface that Node reads here.
    emitKeypressEvents(this.#in, { escapeCodeTimeout: ESCAPE_TIMEOUT_MS } as unknown as Interface);
    this.#listen(this.#in, 'keypress', (text: string | undefined, key: Key | undefined) => {
      const { name, text: typed } = nameOf({ ...key, sequence: key?.sequence ?? text });
      if (name === 'ctrl-z' && process.platform !== 'win32') this.#suspend(hooks);
      else hooks.onKey(name, typed);
    });
    this.#listen(this.#in, 'end', hooks.onHangup);
    this.#listen(this.#in, 'error', hooks.onHangup);
    this.#listen(this.#out, 'error', hooks.onHangup);
    this.#listen(this.#out, 'resize', hooks.onStale);
    this.#take();
  }

  /** Restores the terminal. Can be called again. */
  leave(): void {
    this.#give();
    for (const forget of this.#forget.splice(0)) forget();
    this.#in.pause();
  }

  #listen(stream: NodeJS.EventEmitter, event: string, listener: (...args: any[]) => void): void {
    stream.on(event, listener);
    this.#forget.push(() => stream.off(event, listener));
  }

  #take(): void {
    this.#isOurs = true;
    this.#in.setRawMode(true);
    this.#in.resume();
    this.write(ansi.enterAlternativeScreen + ansi.cursorHide + NO_WRAP);
  }

  #give(): void {
    if (!this.#isOurs) return;
    this.write(RESET + WRAP + ansi.cursorShow + ansi.exitAlternativeScreen);
    this.#isOurs = false;
    try {
      this.#in.setRawMode(false);
    } catch {
      // The terminal is closed.
    }
  }

  /** Handles Ctrl-Z: the shell has the terminal until the user enters `fg`. */
  #suspend(hooks: Hooks): void {
    this.#give();
    process.once('SIGCONT', () => {
      this.#take();
      hooks.onStale();
    });
    process.kill(process.pid, 'SIGTSTP');
  }
}
