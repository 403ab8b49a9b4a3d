// The list of views, in the order of their tabs.

import type { View } from '../stage.js';
import { wordsOf } from '../words.js';

const found = Object.values(import.meta.glob<View>(['./*.ts', '!./index.ts'], { eager: true, import: 'view' }));

export const VIEWS: readonly View[] = Object.keys(wordsOf('en').tabs).map((name) => {
  const view = found.find((one) => one.name === name);
  if (!view) throw new Error(`There is no view ${name}`);
  return view;
});
