// Which view shows what.

import type { ViewName } from '../source.js';
import type { View } from '../stage.js';
import { comparison } from './comparison.js';
import { containment } from './containment.js';
import { dominators } from './dominators.js';
import { findings } from './findings.js';
import { metadata } from './metadata.js';
import { search } from './search.js';
import { statistics } from './statistics.js';
import { strings } from './strings.js';
import { summary } from './summary.js';
import { treemap } from './treemap.js';
import { trend } from './trend.js';

export const SHOWN: Partial<Record<ViewName, View>> = {
  findings,
  summary,
  comparison,
  trend,
  containment,
  dominators,
  statistics,
  treemap,
  strings,
  search,
  metadata,
};
