// Allocations: the calls that allocated objects as a flame graph, and their functions as a table. With two snapshots, what was allocated
// in between and what is gone since.

import { allocationSources } from '../../../lib/analysis/allocation-sources.js';
import { callsOf, functionsOf, matches, packagesOf, search, type Call, type FunctionRow, type Sizes } from '../parts/call-tree.js';
import { swatch } from '../parts/chart.js';
import { h, type Child } from '../parts/dom.js';
import { FlameGraph } from '../parts/flame-graph.js';
import { brief, name } from '../parts/format.js';
import { functionTable, placeOf } from '../parts/function-table.js';
import type { TreeTable } from '../parts/tree-table.js';
import type { AllocationFrame, AllocationTree, AllocationTreeOptions } from '../source.js';
import type { Stage, View } from '../stage.js';

/** Number of packages with their own colour. */
const TONES = 10;
/** Number of colours of growth, and of shrinking. */
const STEPS = 3;

export const view: View = { name: 'allocations', needs: ({ snapshots }) => allocationSources(snapshots).length > 0, show };

async function show(panel: HTMLElement, stage: Stage): Promise<void> {
  const allocations = new Allocations(stage);
  panel.append(...allocations.elements());
  await allocations.choose(0);
  stage.onLeave(allocations.mount());
}

/** Returns the trees that can be shown: the living objects of each source, and its comparisons. */
function choices({ source, words: { allocations: words } }: Stage): { label: string; options: AllocationTreeOptions }[] {
  const { snapshots } = source;
  return allocationSources(snapshots).flatMap(({ from, bases }) => [
    { label: words.living(words.sources[from]), options: { from } },
    ...bases.map((base) => ({ label: words.since(words.sources[from], brief(snapshots[base]!.name)), options: { from, base } })),
  ]);
}

class Allocations {
  readonly #stage: Stage;
  readonly #choices: ReturnType<typeof choices>;
  readonly #graph: FlameGraph;
  readonly #functionsBelow = h('div', { class: 'functions' });
  readonly #about = h('p', { class: 'muted' });
  readonly #legend: HTMLElement;
  readonly #details = h('p', { class: 'status', role: 'status' });
  readonly #sum = h('span', { class: 'count', role: 'status' });
  readonly #field: HTMLInputElement;
  #calls: Call[] = [];
  #functions: FunctionRow[] = [];
  #tree: AllocationTree | undefined;
  #packageOf: (frame: AllocationFrame) => string = () => '';
  #tones = new Map<string, number>();
  #table: TreeTable<FunctionRow> | undefined;
  #unmount = () => {};
  /** The chosen tree, which may still be on its way. */
  #chosen = 0;

  constructor(stage: Stage) {
    const { allocations: words } = stage.words;
    this.#stage = stage;
    this.#choices = choices(stage);
    this.#graph = new FlameGraph({
      label: words.graph,
      path: words.path,
      nameOf: (call) => this.#nameOf(call),
      describe: (call) => this.#describe(call).join('\n'),
      classOf: (call) => this.#classOf(call),
      onVisit: (call) => this.#visit(call),
    });
    this.#legend = h('ul', { class: 'legend', 'aria-label': words.legend });
    this.#field = h('input', {
      type: 'search',
      value: stage.about ?? '',
      placeholder: words.search,
      'aria-label': words.search,
      input: () => this.#search(),
    });
  }

  elements(): HTMLElement[] {
    const { allocations: words } = this.#stage.words;
    const select = h(
      'select',
      { 'aria-label': words.choose, change: () => void this.choose(Number(select.value)) },
      this.#choices.map(({ label }, at) => h('option', { value: at }, label)),
    );
    return [
      h('div', { class: 'bar-above' }, select, this.#field, this.#sum),
      this.#about,
      this.#graph.element,
      h('div', { class: 'below-map' }, this.#legend, this.#details),
      this.#functionsBelow,
    ];
  }

  /** Redraws the graph when its width changes. Returns the function that ends this. */
  mount(): () => void {
    const end = this.#graph.follow();
    return () => {
      end();
      this.#unmount();
    };
  }

  /** Shows one of the trees. */
  async choose(at: number): Promise<void> {
    this.#chosen = at;
    const tree = await this.#stage.source.allocationTree(this.#choices[at]!.options);
    if (this.#chosen !== at) return;
    this.#tree = tree;
    this.#calls = callsOf(tree);
    this.#functions = functionsOf(this.#calls);
    this.#packageOf = packagesOf(tree.frames);
    this.#tones = this.#tonesOf();
    this.#about.replaceChildren(this.#aboutTree());
    this.#legend.replaceChildren(...this.#legendItems());
    this.#details.replaceChildren();
    this.#graph.show(this.#calls[0]);
    if (this.#calls[0]) this.#visit(this.#calls[0]);
    this.#showTable();
    this.#search();
  }

  /** The searched text, in lower case. */
  get #searched(): string {
    return this.#field.value.trim().toLowerCase();
  }

  get #isComparison(): boolean {
    return this.#tree?.base !== null;
  }

  #search(): void {
    const text = this.#searched;
    this.#find(text === '' ? undefined : (frame) => matches(frame, text));
    this.#table?.reload();
  }

  /** Marks the calls of functions, and shows their sum. */
  #find(isWanted: ((frame: AllocationFrame) => boolean) | undefined): void {
    const { words, format } = this.#stage;
    if (!isWanted) {
      this.#graph.mark(undefined);
      this.#sum.replaceChildren();
      return;
    }
    const { found, sum } = search(this.#calls, isWanted);
    this.#graph.mark(found);
    this.#sum.textContent = words.allocations.found(format.integer(found.size), this.#amount(sum, sum.weight));
  }

  #nameOf({ frame, caller }: Call): string {
    const { allocations: words } = this.#stage.words;
    if (!frame) return words.rest;
    return caller ? brief(frame.function) : words.all;
  }

  /** Returns the facts about a call, one per line. */
  #describe(call: Call): string[] {
    const { columns, allocations: own } = this.#stage.words;
    const { frame, caller } = call;
    const where = caller && frame?.file ? [placeOf(frame)] : [];
    return [
      this.#nameOf(call),
      ...where,
      `${own.totalSize} ${this.#amount(call.total, call.weight)}`,
      `${columns.ownSize} ${this.#amount(call.own, call.ownWeight)}`,
    ];
  }

  /** Returns bytes with their share and the number of objects; of a comparison, with both of its sides. */
  #amount({ size: bytes, count, removedSize, removedCount }: Sizes, weight: number): string {
    const { words, format } = this.#stage;
    const counted = words.allocations[this.#tree!.from === 'profile' ? 'samples' : 'objects'];
    const side = (amount: number, number: number) => `${format.bytes(amount)}, ${counted(format.integer(number))}`;
    if (!this.#isComparison) return `${side(bytes, count)}, ${format.percent(weight, this.#calls[0]?.weight ?? 0)}`;
    const sides = words.allocations.sides(side(bytes, count), side(removedSize, removedCount));
    return `${format.signedBytes(bytes - removedSize)} (${sides})`;
  }

  #visit(call: Call): void {
    const [first, ...facts] = this.#describe(call);
    this.#details.replaceChildren(name(first!), ` \u00b7 ${facts.join(' \u00b7 ')}`);
  }

  #classOf({ frame, caller, total, weight }: Call): string {
    if (!frame) return 'rest';
    if (!this.#isComparison)
      return caller === undefined ? 'tone-other' : `tone-${this.#tones.get(this.#packageOf(frame)) ?? 'other'}`;
    return `change-${Math.round((STEPS * (total.size - total.removedSize)) / Math.max(1, weight))}`;
  }

  /** Assigns colours to the packages whose functions allocated most. */
  #tonesOf(): Map<string, number> {
    const weights = new Map<string, number>();
    for (const { frame, caller, ownWeight } of this.#calls) {
      if (!frame || !caller) continue;
      const key = this.#packageOf(frame);
      weights.set(key, (weights.get(key) ?? 0) + ownWeight);
    }
    const sorted = [...weights].sort(([, a], [, b]) => b - a);
    return new Map(sorted.slice(0, TONES).map(([key], tone) => [key, tone]));
  }

  #legendItems(): HTMLElement[] {
    const { allocations: words } = this.#stage.words;
    const item = (tone: string, label: Child) => h('li', undefined, swatch(tone), label);
    if (!this.#isComparison) return [...this.#tones].map(([key, tone]) => item(`tone-${tone}`, name(key)));
    return [item(`change-${STEPS}`, words.grew), item('change-0', words.same), item(`change--${STEPS}`, words.shrank)];
  }

  #aboutTree(): string {
    const { source, words, format } = this.#stage;
    const { allocations: own } = words;
    const root = this.#calls[0];
    if (!root) return own.nothing;
    const { intervalBytes } = source.snapshots.at(-1)!.profile ?? {};
    const isSampled = this.#tree!.from === 'profile';
    return [
      this.#isComparison ? own.aboutChange : own.aboutLiving,
      isSampled ? own.sampled(intervalBytes ? format.bytes(intervalBytes) : undefined) : own.exact,
      own.keys,
    ].join(' ');
  }

  /** Shows the functions below the graph. The columns depend on the tree. */
  #showTable(): void {
    this.#unmount();
    const table = functionTable(this.#stage, this.#tree!, {
      rows: () => this.#functions.filter(({ frame }) => matches(frame, this.#searched)),
      packageOf: this.#packageOf,
      select: ({ frame }) => this.#find((other) => other === frame),
    });
    this.#functionsBelow.replaceChildren(table.element);
    this.#table = table;
    this.#unmount = table.mount();
  }
}
