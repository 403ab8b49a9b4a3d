// Which view shows what.

import type { ViewName } from '../source.js';
import type { View } from '../stage.js';
import { comparison } from './comparison.js';
import { findings } from './findings.js';
import { metadata } from './metadata.js';
import { statistics } from './statistics.js';
import { strings } from './strings.js';
import { summary } from './summary.js';
import { treemap } from './treemap.js';
import { trend } from './trend.js';

export const SHOWN: Partial<Record<ViewName, View>> = { findings, summary, comparison, trend, statistics, treemap, strings, metadata };
