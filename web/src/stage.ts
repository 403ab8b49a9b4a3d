// What every view gets.

import type { Format } from './parts/format.js';
import type { Source, ViewName } from './source.js';
import type { Words } from './words.js';

export interface Stage {
  readonly source: Source;
  readonly words: Words;
  readonly format: Format;
  /** Shows another view, about an object if that is given. */
  go(view: ViewName, about?: string): void;
  /** What the address says the view is about: `#summary/…`. */
  readonly about: string | undefined;
  /** Registers what is to be done when the view goes away. */
  onLeave(action: () => void): void;
}

/** Fills `panel`. It is in the document, and empty. */
export type View = (panel: HTMLElement, stage: Stage) => void | Promise<void>;
