// Renders messages of findings in a language. Not a part of the API: the page and the terminal use it.

import type { FindingMessage } from './analysis/findings.js';

/** Sentences that follow each other; the id in place of a message that the catalogue has no text for. */
export function render(language: 'en' | 'zh', messages: FindingMessage[]): string;
