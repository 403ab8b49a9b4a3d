// A server under test, and the official client.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { cleanEnvironment } from '../../test/support/app.js';
import { cleanup } from '../../test/support/cleanup.js';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const FIXTURES = path.join(ROOT, 'test/fixtures');
const PROGRAM = path.join(ROOT, 'bin/heapdump-rs.js');

/** What the documentation promises of an answer without `maxBytes`. */
const MAX_BYTES = 5000;
/** As long as progress is reported, a call goes on. Without `onprogress`, the client does not ask for it. */
const CALL_OPTIONS = { timeout: 60_000, resetTimeoutOnProgress: true, onprogress: () => {} };

export function temporary(t) {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'heapdump-mcp-test-')));
  cleanup(t, () => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A connection to a server of its own. */
export class Server {
  #client;
  #transport;

  /**
   * @param {string[]} args of `heapdump-rs mcp`
   * @param {{env?: object, cwd?: string, client?: object, nodeArgs?: string[]}} [how]
   */
  static async start(t, args, { env, cwd, client, nodeArgs = [] } = {}) {
    const server = new Server();
    server.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [...nodeArgs, PROGRAM, 'mcp', ...args],
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stderr: 'ignore',
    });
    server.#client = new Client({ name: 'test', version: '1.0.0' }, client);
    cleanup(t, () => server.close());
    await server.#client.connect(server.#transport);
    // Also compiles the output schemas, against which the client checks every answer.
    server.tools = (await server.#client.listTools()).tools;
    return server;
  }

  get client() {
    return this.#client;
  }

  get pid() {
    return this.#transport.pid;
  }

  /** Calls a tool and returns its answer, or `{ error: { code, message } }`. */
  async call(name, args = {}, options = {}) {
    const { content, structuredContent, isError } = await this.#client.callTool(
      { name, arguments: args },
      { ...CALL_OPTIONS, ...options },
    );
    assert.equal(content.length, 1);
    const [{ type, text }] = content;
    assert.equal(type, 'text');
    const limit = args.maxBytes ?? MAX_BYTES;
    assert.ok(Buffer.byteLength(text) < limit, `${name} ${JSON.stringify(args).slice(0, 200)}: ${Buffer.byteLength(text)} bytes`);
    const answer = JSON.parse(text);
    if (isError) {
      assert.deepEqual(Object.keys(answer), ['error']);
      assert.equal(structuredContent, undefined);
    } else {
      assert.deepEqual(structuredContent, answer);
    }
    return answer;
  }

  /** Calls a tool that must succeed. */
  async ask(name, args, options) {
    const answer = await this.call(name, args, options);
    assert.equal(answer.error, undefined, `${name}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  /** Calls a tool that must fail, and returns the code. */
  async codeOf(name, args) {
    const { error } = await this.call(name, args);
    assert.ok(error, `${name} succeeded`);
    return error.code;
  }

  close() {
    return this.#client.close();
  }
}
