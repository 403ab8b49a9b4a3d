// Which files tools may touch: those below the directories of `--dir`.

import { realpathSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from './errors.js';

const outside = (file: string, roots: readonly string[]) =>
  new CodedError(
    'ERR_HEAPDUMP_OUTSIDE_ROOTS',
    `${JSON.stringify(file)} is outside of the directories of this server: ${roots.join(', ')}. To add one, start the server with --dir`,
  );

export class Roots {
  /** Directories, without symbolic links. Relative paths are relative to the first one. */
  readonly directories: readonly string[];
  /** The directories as they were given, with links. */
  readonly #given: readonly string[];

  constructor(directories: string[]) {
    this.directories = directories.map((directory) => realpathSync(directory));
    this.#given = directories.map((directory) => path.resolve(directory));
  }

  get first(): string {
    return this.directories[0]!;
  }

  has(real: string): boolean {
    return this.directories.some((root) => real === root || real.startsWith(root.endsWith(path.sep) ? root : root + path.sep));
  }

  /** Returns the path of an existing file or directory, without symbolic links. Says nothing about what is outside. */
  async #resolve(file: string): Promise<string> {
    const absolute = path.resolve(this.first, file);
    let real;
    try {
      real = await realpath(absolute);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT' || !(await this.#hasParent(absolute)))
        throw outside(file, this.directories);
      throw new CodedError('ENOENT', `there is no file ${JSON.stringify(file)}`);
    }
    if (!this.has(real)) throw outside(file, this.directories);
    return real;
  }

  async #hasParent(absolute: string): Promise<boolean> {
    for (let parent = path.dirname(absolute); ; parent = path.dirname(parent)) {
      const real = await realpath(parent).catch(() => undefined);
      if (real !== undefined) return this.has(real);
      if (parent === path.dirname(parent)) return false;
    }
  }

  /** Returns the path of a regular file: others can block a thread. */
  async file(file: string): Promise<string> {
    const real = await this.#resolve(file);
    if (!(await stat(real)).isFile())
      throw new CodedError('ERR_INVALID_ARG_VALUE', `${JSON.stringify(file)} is not a regular file`);
    return real;
  }

  async directory(directory: string): Promise<string> {
    const real = await this.#resolve(directory);
    if (!(await stat(real)).isDirectory()) throw new CodedError('ENOTDIR', `${JSON.stringify(directory)} is not a directory`);
    return real;
  }

  /**
   * Returns the option `sourceRoots` with which findings read scripts below these directories only.
   * @param nowhere a directory without files
   */
  sourceRoots(nowhere: string): Record<string, string> {
    const drives = process.platform === 'win32' ? [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:`) : [];
    const elsewhere = ['/', ...drives].map((prefix) => [prefix, nowhere]);
    // The longest prefix that fits decides.
    const inside = this.directories.flatMap((root, i) => [root, this.#given[i]!].map((prefix) => [prefix, root]));
    return Object.fromEntries([...elsewhere, ...inside]);
  }
}
