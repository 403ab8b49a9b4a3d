// The frame of the page: title, tabs, and the current view. The fragment of the address selects the view: `#summary`.

import { h } from './parts/dom.js';
import { brief, formatFor, type Format } from './parts/format.js';
import { themeSwitch } from './parts/theme.js';
import { NotIncluded, type Source } from './source.js';
import type { Stage, View } from './stage.js';
import { VIEWS } from './views/index.js';
import { wordsOf, type Language, type ViewName, type Words } from './words.js';

/** Shows the page in `root`. */
export function start(root: HTMLElement, source: Source, language: Language): void {
  const page = new Page(root, source, language);
  addEventListener('hashchange', () => void page.show());
  page.draw();
}

class Page {
  readonly #root: HTMLElement;
  readonly #source: Source;
  readonly #views: View[];
  #language: Language;
  #words: Words;
  #format: Format;
  #tabs: HTMLElement[] = [];
  #panel = h('div');
  /** What to do when the present view is closed. */
  #leave: (() => void)[] = [];

  constructor(root: HTMLElement, source: Source, language: Language) {
    this.#root = root;
    this.#source = source;
    this.#views = VIEWS.filter((view) => view.needs?.(source) ?? true);
    this.#language = language;
    this.#words = wordsOf(language);
    this.#format = formatFor(language);
  }

  /** Draws the page in the present language. */
  draw(): void {
    const words = (this.#words = wordsOf(this.#language));
    this.#format = formatFor(this.#language);
    document.documentElement.lang = this.#language === 'zh' ? 'zh-Hans' : 'en';
    document.title = words.title(this.#source.snapshots.map(({ name }) => brief(name)).join(', '));
    this.#tabs = this.#views.map(({ name }) => this.#tab(name));
    this.#panel = h('div', { id: 'panel', role: 'tabpanel', tabindex: 0, 'data-loading': words.loading });
    this.#root.replaceChildren(
      this.#header(),
      h('nav', { 'aria-label': words.views }, h('div', { role: 'tablist', 'aria-label': words.views }, this.#tabs)),
      h('main', undefined, this.#panel),
    );
    void this.show();
  }

  #header(): HTMLElement {
    const { snapshots } = this.#source;
    const [words, format, last] = [this.#words, this.#format, snapshots.at(-1)!];
    const files = snapshots.length === 1 ? brief(last.name) : words.snapshots(format.integer(snapshots.length));
    const facts = [
      format.bytes(last.totalSize),
      words.objects(format.integer(last.nodeCount)),
      last.node && `Node.js ${brief(last.node)}`,
      snapshots.length > 1 && `${brief(snapshots[0]!.name)} … ${brief(last.name)}`,
    ];
    return h(
      'header',
      { class: 'top' },
      h('h1', undefined, h('span', { class: 'files' }, files)),
      h('p', { class: 'facts' }, facts.filter(Boolean).join(' · ')),
      this.#switches(),
    );
  }

  #switches(): HTMLElement {
    const [words, source] = [this.#words, this.#source];
    const busy = h('span', { class: 'muted', 'aria-live': 'polite' });
    source.onBusy?.((isBusy) => {
      busy.textContent = isBusy ? words.working : '';
    });
    const show = () => void source.showValues!().then(() => this.draw());
    return h(
      'div',
      { class: 'switches' },
      busy,
      source.showValues && !source.showsValues && h('button', { type: 'button', class: 'button', click: show }, words.showValues),
      this.#languageSwitch(),
      themeSwitch(words),
    );
  }

  #languageSwitch(): HTMLElement {
    const languages = h(
      'select',
      {
        'aria-label': this.#words.switchLanguage,
        change: () => {
          this.#language = languages.value as Language;
          this.draw();
        },
      },
      (['en', 'zh'] as const).map((one) =>
        h('option', { value: one, selected: one === this.#language, lang: one }, wordsOf(one).language),
      ),
    );
    return languages;
  }

  #tab(view: ViewName): HTMLElement {
    return h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${view}`,
        'aria-controls': 'panel',
        click: () => this.#go(view),
        keydown: (event: KeyboardEvent) => this.#onKey(event, view),
      },
      this.#words.tabs[view],
    );
  }

  #onKey(event: KeyboardEvent, view: ViewName): void {
    const names = this.#views.map(({ name }) => name);
    const at = names.indexOf(view);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = names[(to + names.length) % names.length]!;
    this.#go(next);
    document.getElementById(`tab-${next}`)?.focus();
  }

  /** Shows the view that the address selects. */
  async show(): Promise<void> {
    for (const action of this.#leave.splice(0)) action();
    const { view, about } = this.#place();
    const panel = this.#panel;
    this.#choose(view.name);
    const mine: (() => void)[] = [];
    this.#leave = mine;
    const isShown = () => this.#leave === mine;
    const gone = new AbortController();
    mine.push(() => gone.abort());
    const stage: Stage = {
      source: this.#source.until?.(gone.signal) ?? this.#source,
      words: this.#words,
      format: this.#format,
      go: (name, of) => this.#go(name, of),
      about,
      onLeave: (action) => (isShown() ? mine.push(action) : action()),
    };
    try {
      await view.show(panel, stage);
    } catch (error) {
      const text = error instanceof NotIncluded ? this.#words.notIncluded : String(error);
      if (isShown()) panel.append(h('p', { class: 'failure', role: 'alert' }, text));
    }
    if (isShown()) panel.dataset.ready = view.name;
  }

  /** Marks the tab of a view, and empties the panel for it. */
  #choose(view: ViewName): void {
    for (const tab of this.#tabs) {
      const isChosen = tab.id === `tab-${view}`;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    this.#panel.setAttribute('aria-labelledby', `tab-${view}`);
    this.#panel.className = `view-${view}`;
    this.#panel.replaceChildren();
    this.#panel.scrollTop = 0;
  }

  #place(): { view: View; about: string | undefined } {
    const [name, about] = location.hash.slice(1).split('/', 2);
    const found = this.#views.find((one) => one.name === name);
    return { view: found ?? this.#views[0]!, about: found && about ? decoded(about) : undefined };
  }

  #go(view: ViewName, about?: string): void {
    const hash = about === undefined ? `#${view}` : `#${view}/${encodeURIComponent(about)}`;
    if (location.hash === hash) void this.show();
    else location.hash = hash;
  }
}

/** Decodes a part of the address, which can contain any text. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
