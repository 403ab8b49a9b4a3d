// What every view gets.

import type { Format } from './parts/format.js';
import type { Source } from './source.js';
import type { ViewName, Words } from './words.js';

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

/** What a file of `views/` exports as `view`. */
export interface View {
  /** Its place in the address, and the key of its tab in the words. */
  readonly name: ViewName;
  /** Whether the source has answers for it; always without. */
  needs?(source: Source): boolean;
  /** Fills `panel`. It is in the document, and empty. */
  show(panel: HTMLElement, stage: Stage): void | Promise<void>;
}
