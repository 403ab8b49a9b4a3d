// Which view shows what.

import type { ViewName } from '../source.js';
import type { View } from '../stage.js';
import { summary } from './summary.js';

export const SHOWN: Partial<Record<ViewName, View>> = { summary };
