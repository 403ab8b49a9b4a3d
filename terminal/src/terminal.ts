// The terminal itself: taken over, and given back whatever happens.

import { type Interface, emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import ansi from 'ansi-escapes';
import { onExit } from 'signal-exit';
import type { Size } from './screen.js';

/** Lines that are too long end at the edge: a text whose width is misjudged cannot break the screen. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const RESET = '\u001b[0m';

/** Esc is the key of that name if nothing follows it for so long; else it begins the code of another key. */
const ESCAPE_MS = 50;

/** A terminal that does not tell. */
const STANDARD: Size = { columns: 80, rows: 24 };

interface Key {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  meta?: boolean;
  shift?: boolean;
}

export interface Hooks {
  onKey(name: string, text: string): void;
  /** The size is another one, or others have drawn: everything must be drawn again. */
  onStale(): void;
  /** Nobody is there any more. */
  onHangup(): void;
}

/** What a key is called: by what it types if that is a character, else by its name. */
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
    return columns > 0 && rows > 0 ? { columns, rows } : STANDARD;
  }

  write = (text: string): void => {
    if (this.#isOurs) this.#out.write(text);
  };

  /** Takes the terminal over. From here on it is given back on every end of the process that can be noticed. */
  enter(hooks: Hooks): void {
    this.#forget.push(onExit(() => this.leave(), { alwaysLast: true }));
    // What Node reads of an interface.
    emitKeypressEvents(this.#in, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
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

  /** Gives the terminal back. Harmless when repeated. */
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
      // It is gone: nobody to give it back to.
    }
  }

  /** Ctrl-Z: the shell has the terminal until it says `fg`. */
  #suspend(hooks: Hooks): void {
    this.#give();
    process.once('SIGCONT', () => {
      this.#take();
      hooks.onStale();
    });
    process.kill(process.pid, 'SIGTSTP');
  }
}
