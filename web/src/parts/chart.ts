// Parts of charts: legends and axes.

import type { ScaleLinear } from 'd3-scale';
import { h, svg } from './dom.js';

/** The size of a chart and its margins. */
export interface Box {
  width: number;
  left: number;
  right: number;
}

/** Returns a patch of the colour of a series. */
export const swatch = (tone: string): HTMLElement => h('span', { class: `swatch ${tone}`, 'aria-hidden': 'true' });

/** Returns the lines and labels of the vertical axis. */
export const verticalAxis = (y: ScaleLinear<number, number>, { width, left, right }: Box, format: (value: number) => string) =>
  y
    .ticks(4)
    .map((value) => [
      svg('line', { class: 'grid', x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      svg('text', { class: 'tick', x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, format(value)),
    ]);
