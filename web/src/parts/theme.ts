// Selects the theme: light, dark, or the preference of the system. A page from the disk cannot store the choice.

import type { Words } from '../words.js';
import { h } from './dom.js';

const THEMES = ['auto', 'light', 'dark'] as const;

export function themeSwitch(words: Words): HTMLElement {
  const root = document.documentElement;
  const chosen = root.dataset.theme ?? 'auto';
  const select = h(
    'select',
    {
      'aria-label': words.theme,
      change: () => {
        if (select.value === 'auto') delete root.dataset.theme;
        else root.dataset.theme = select.value;
      },
    },
    THEMES.map((theme) => h('option', { value: theme, selected: theme === chosen }, words.themes[theme])),
  );
  return select;
}
