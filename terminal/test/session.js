// The program on a terminal of its own, with the emulator of VS Code to look at what it shows.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';

const PTY = fileURLToPath(new URL('on_terminal.py', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../bin/heapdump-rs.js', import.meta.url));

export const KEYS = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  pagedown: '\u001b[6~',
  pageup: '\u001b[5~',
  home: '\u001b[H',
  end: '\u001b[F',
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  'shift-tab': '\u001b[Z',
  backspace: '\u007f',
  'ctrl-c': '\u0003',
};

/** The longest that anything may take: the watchdog of a test that waits for what does not come. */
const TIMEOUT_MS = 20_000;

export class Session {
  #child;
  #terminal;
  #waiting = new Set();
  #report = '';
  /** Everything that was written to the terminal. */
  written = '';
  titles = [];

  constructor(t, args, { columns = 100, rows = 30, env = {}, node = [] } = {}) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#terminal.onTitleChange((title) => this.titles.push(title));
    this.#child = spawn('python3', [PTY, columns, rows, process.execPath, ...node, PROGRAM, 'inspect', ...args].map(String), {
      env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '', ...env },
    });
    this.#child.stdout.on('data', (bytes) => {
      this.written += bytes.toString('latin1');
      this.#terminal.write(bytes, () => this.#look());
    });
    this.#child.stderr.on('data', (bytes) => {
      this.#report += bytes;
    });
    this.#child.stdin.on('error', () => {}); // the program has ended meanwhile
    this.closed = once(this.#child, 'close');
    t.after(async () => {
      this.#child.stdin.destroy();
      await this.closed;
      this.#terminal.dispose();
    });
  }

  /** The lines on screen. */
  get lines() {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }

  get text() {
    return this.lines.join('\n');
  }

  /** Whether the screen is the program's own, and not that of the shell. */
  get isFull() {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** The last column, counted from 1, of a line that has something in it; wide characters count two. */
  endOf(row) {
    const line = this.#terminal.buffer.active.getLine(row);
    for (let column = this.#terminal.cols - 1; column >= 0; column -= 1) {
      if (line.getCell(column).getChars().trim()) return column + 1;
    }
    return 0;
  }

  /** Resolves with the screen as soon as it is as `condition` wants it. */
  until(condition) {
    const isThere = typeof condition === 'function' ? condition : (text) => condition.test(text);
    return new Promise((resolve, reject) => {
      const fail = () =>
        done(() => reject(new Error(`waited in vain for ${condition}; the screen is\n${this.text}\n${this.#report}`)));
      const timer = setTimeout(fail, TIMEOUT_MS);
      this.closed.then(() => this.#terminal.write('', fail));
      const done = (end) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        end();
      };
      const look = () => {
        if (isThere(this.text)) done(() => resolve(this.text));
      };
      this.#waiting.add(look);
      look();
    });
  }

  #look() {
    for (const look of [...this.#waiting]) look();
  }

  #tell(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Presses keys, by their names; anything else is typed. */
  press(...keys) {
    this.#tell(`keys ${Buffer.from(keys.map((key) => KEYS[key] ?? key).join('')).toString('base64')}`);
  }

  resize(columns, rows) {
    this.#terminal.resize(columns, rows);
    this.#tell(`size ${columns} ${rows}`);
  }

  signal(name) {
    this.#tell(`signal ${constants.signals[name]}`);
  }

  /** How it ended, once it has: `status` or `signal`, and whether the settings of the terminal are what they were. */
  async end() {
    // The program is killed if it does not end.
    const timer = setTimeout(() => this.#child.stdin.destroy(), TIMEOUT_MS);
    await this.closed;
    clearTimeout(timer);
    await new Promise((resolve) => {
      this.#terminal.write('', resolve);
    });
    return JSON.parse(this.#report);
  }
}
