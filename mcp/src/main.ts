// Serves one client on the standard input and output.

import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { Engine } from './engine.js';
import { makeServer } from './server.js';
import { Session, type Options } from './session.js';

/** A transport that reports when it is closed: the client ended, or sent an invalid message. */
class Transport extends StdioServerTransport {
  onClosed = () => {};

  override async close(): Promise<void> {
    await super.close();
    this.onClosed();
  }
}

/**
 * Serves until the client has gone, or `stop` aborts.
 * @param note prints a line on stderr
 */
export async function run(engine: Engine, options: Options, { stop, note }: { stop: AbortSignal; note: (line: string) => void }) {
  const session = new Session(engine, options);
  try {
    const transport = new Transport();
    const closed = new Promise<void>((resolve) => {
      transport.onClosed = resolve;
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
    const handle = serveStdio(() => makeServer(session), { transport, onerror: ({ message }) => note(message) });
    await closed;
    await handle.close();
  } finally {
    session.remove();
  }
}
