// A flame graph: a frame for each call, below its caller, as wide as its share. A click zooms into a call, and the arrow keys lead from
// frame to frame.

import { hierarchy, partition, type HierarchyRectangularNode } from 'd3-hierarchy';
import { pathTo, type Call } from './call-tree.js';
import { h, styled, type Child } from './dom.js';

const ROW_HEIGHT = 20;
/** Minimum widths in pixels of a frame that is drawn, and of one with a name. */
const MIN_DRAWN_WIDTH = 2;
const MIN_NAMED_WIDTH = 28;

type Box = HierarchyRectangularNode<Call>;

export interface FlameGraphOptions {
  label: string;
  /** Label of the path to the call that fills the graph. */
  path: string;
  /** Name of a call on its frame. */
  nameOf(call: Call): string;
  /** Description of a call, in one line per fact. */
  describe(call: Call): string;
  /** Classes of a frame, which give it its colour. */
  classOf(call: Call): string;
  /** Called when the pointer or the focus is on a frame. */
  onVisit(call: Call): void;
}

export class FlameGraph {
  readonly element: HTMLElement;
  readonly #options: FlameGraphOptions;
  readonly #crumbs = h('ol');
  readonly #map: HTMLElement;
  /** The call that fills the graph. */
  #zoomed: Call | undefined;
  /** The drawn frames by their calls, and the call whose frame takes the focus. */
  #frames = new Map<Call, { box: Box; element: HTMLElement }>();
  #active: Call | undefined;
  #found: ReadonlySet<Call> | undefined;

  constructor(options: FlameGraphOptions) {
    this.#options = options;
    this.#map = h('div', {
      class: 'flames',
      role: 'group',
      'aria-label': options.label,
      keydown: (event: KeyboardEvent) => this.#onKey(event),
    });
    this.element = h(
      'div',
      { class: 'flame-graph' },
      h('nav', { class: 'crumbs', 'aria-label': options.path }, this.#crumbs),
      this.#map,
    );
  }

  /** Shows another tree. */
  show(root: Call | undefined): void {
    this.#zoomed = root;
    this.#active = root;
    this.#found = undefined;
    this.#draw();
  }

  /** Marks calls; all are equal without `found`. */
  mark(found: ReadonlySet<Call> | undefined): void {
    this.#found = found;
    for (const [call, { element }] of this.#frames) element.className = this.#classOf(call);
  }

  /** Redraws whenever the width changes. Returns the function that ends this. */
  follow(): () => void {
    let drawn = 0;
    const resized = new ResizeObserver(() => {
      if (this.#map.clientWidth === drawn) return;
      drawn = this.#map.clientWidth;
      this.#draw();
    });
    resized.observe(this.#map);
    return () => resized.disconnect();
  }

  #classOf(call: Call): string {
    const mark = this.#found && (this.#found.has(call) ? ' found' : ' other');
    return `flame ${this.#options.classOf(call)}${mark ?? ''}`;
  }

  #zoom(call: Call): void {
    this.#zoomed = call;
    this.#active = call;
    this.#draw();
    this.#options.onVisit(call);
  }

  #draw(): void {
    const root = this.#zoomed;
    const hadFocus = this.element.contains(document.activeElement);
    this.#frames.clear();
    this.#map.replaceChildren();
    this.#crumbs.replaceChildren(...(root ? pathTo(root) : []).map((call) => h('li', undefined, this.#crumb(call))));
    if (!root) return;
    const tree = hierarchy(root, ({ called }) => called)
      .sum(({ ownWeight }) => ownWeight)
      .sort((a, b) => b.value! - a.value!);
    const levels = tree.height + 1;
    const laid = partition<Call>().size([Math.max(200, this.#map.clientWidth), levels * ROW_HEIGHT])(tree);
    const boxes = laid.descendants().filter(({ x0, x1 }) => x1 - x0 >= MIN_DRAWN_WIDTH);
    for (const box of boxes) this.#frames.set(box.data, { box, element: this.#frame(box) });
    this.#map.append(...[...this.#frames.values()].map(({ element }) => element));
    const last = h('div', { class: 'end' });
    this.#map.append(styled(last, { top: `${Math.max(...boxes.map(({ y1 }) => y1))}px` }));
    if (hadFocus) this.#frames.get(root)?.element.focus();
  }

  #crumb(call: Call): Child {
    const label = this.#options.nameOf(call);
    if (call === this.#zoomed) return h('span', { 'aria-current': 'location' }, label);
    return h('button', { type: 'button', click: () => this.#zoom(call) }, label);
  }

  #frame(box: Box): HTMLElement {
    const { data: call, x0, x1, y0, y1 } = box;
    const { nameOf, describe, onVisit } = this.#options;
    const description = describe(call);
    const element = h(
      'button',
      {
        type: 'button',
        class: this.#classOf(call),
        'aria-label': description.replaceAll('\n', ', '),
        title: description,
        tabindex: call === this.#active ? 0 : -1,
        click: () => call.frame && this.#zoom(call),
        mouseenter: () => onVisit(call),
        focus: () => this.#setActive(call),
      },
      x1 - x0 >= MIN_NAMED_WIDTH && nameOf(call),
    );
    return styled(element, { left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0 - 1}px`, height: `${y1 - y0 - 1}px` });
  }

  #setActive(call: Call): void {
    if (this.#active) this.#frames.get(this.#active)?.element.setAttribute('tabindex', '-1');
    this.#active = call;
    this.#frames.get(call)?.element.setAttribute('tabindex', '0');
    this.#options.onVisit(call);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.#active) return;
    if (event.key === 'Backspace' || event.key === 'Escape') {
      const caller = this.#zoomed?.caller;
      if (caller) this.#zoom(caller);
      return;
    }
    const to = this.#neighbour(event.key, this.#active);
    if (!to) return;
    event.preventDefault();
    this.#frames.get(to)?.element.focus();
  }

  /** Returns the drawn call in the direction of a key. */
  #neighbour(key: string, call: Call): Call | undefined {
    const box = this.#frames.get(call)?.box;
    if (key === 'Home') return this.#zoomed;
    if (key === 'ArrowUp') return box?.parent?.data;
    if (key === 'ArrowDown') return box?.children?.map(({ data }) => data).find((one) => this.#frames.has(one));
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined;
    const level = [...this.#frames].filter(([, other]) => other.box.depth === box?.depth).map(([one]) => one);
    return level[level.indexOf(call) + (key === 'ArrowLeft' ? -1 : 1)];
  }
}
