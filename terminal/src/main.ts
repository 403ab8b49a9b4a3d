// Runs the explorer on a terminal.

import type { ReadStream, WriteStream } from 'node:tty';
import { layout } from './layout.js';
import { Painter } from './paint.js';
import type { App } from './screen.js';
import { Terminal } from './terminal.js';

/** Minimum time between two frames, however fast rows arrive or keys repeat: 60 frames per second. */
const FRAME_MS = 16;

interface Streams {
  stdin: ReadStream;
  stdout: WriteStream;
  env: Record<string, string | undefined>;
}

/**
 * Runs the explorer until the user quits. Rejects with its errors. Restores the terminal in any case.
 * @returns the exit code
 */
export function run(app: App, { stdin, stdout, env }: Streams): Promise<number> {
  const terminal = new Terminal(stdin, stdout);
  const painter = new Painter(terminal.write, !env.NO_COLOR);
  return new Promise<number>((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;

    const end = (finish: () => void) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      terminal.leave();
      app.close();
      finish();
    };
    const fail = (error: unknown) => end(() => reject(error));
    const attempt = (action: () => void) => {
      try {
        action();
      } catch (error) {
        fail(error);
      }
    };
    const draw = () => {
      timer = undefined;
      const { size } = terminal;
      attempt(() => painter.draw(layout(app.frame(size), size), size));
    };
    const drawSoon = () => {
      if (!isOver) timer ??= setTimeout(draw, FRAME_MS);
    };

    app.onChange = drawSoon;
    attempt(() => {
      terminal.enter({
        onKey: (name, text) =>
          attempt(() => {
            app.key(name, text);
            if (app.isDone) end(() => resolve(app.exitCode));
            else drawSoon();
          }),
        onStale: () => {
          painter.forget();
          drawSoon();
        },
        onHangup: () => end(() => resolve(app.exitCode)),
      });
      draw();
      app.load().then(drawSoon, fail);
    });
  });
}
