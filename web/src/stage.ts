// The environment that every view gets.

import type { Format } from './parts/format.js';
import type { Source } from './source.js';
import type { ViewName, Words } from './words.js';

export interface Stage {
  readonly source: Source;
  readonly words: Words;
  readonly format: Format;
  /** Shows another view, optionally about an object. */
  go(view: ViewName, about?: string): void;
  /** The subject of the view in the address: `#summary/…`. */
  readonly about: string | undefined;
  /** Registers a function that runs when the view is closed. */
  onLeave(action: () => void): void;
}

/** The export `view` of a file in `views/`. */
export interface View {
  /** Name in the address, and key of the tab in the texts. */
  readonly name: ViewName;
  /** Returns whether the source can answer its queries. Without it, the view is always shown. */
  needs?(source: Source): boolean;
  /** Fills `panel`, which is an empty element of the document. */
  show(panel: HTMLElement, stage: Stage): void | Promise<void>;
}
