// The frame of the page: title, tabs, and the current view. The fragment of the address selects the view: `#summary`.

import { h } from './parts/dom.js';
import { brief, formatFor } from './parts/format.js';
import { themeSwitch } from './parts/theme.js';
import { NotIncluded, type Source } from './source.js';
import type { Stage } from './stage.js';
import { VIEWS } from './views/index.js';
import { wordsOf, type Language, type ViewName } from './words.js';

export function start(root: HTMLElement, source: Source, first: Language): void {
  let language = first;
  let leave: (() => void)[] = [];
  const shownViews = VIEWS.filter((view) => view.needs?.(source) ?? true);
  const views = shownViews.map(({ name }) => name);

  function draw(): void {
    const words = wordsOf(language);
    const format = formatFor(language);
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
    const last = source.snapshots.at(-1)!;
    document.title = words.title(source.snapshots.map(({ name }) => brief(name)).join(', '));

    const tabs = views.map((view) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: `tab-${view}`,
          'aria-controls': 'panel',
          click: () => go(view),
          keydown: (event: KeyboardEvent) => keyed(event, view),
        },
        words.tabs[view],
      ),
    );
    const panel = h('div', { id: 'panel', role: 'tabpanel', tabindex: 0, 'data-loading': words.loading });
    const languages = h(
      'select',
      {
        'aria-label': words.switchLanguage,
        change: () => {
          language = languages.value as Language;
          draw();
        },
      },
      (['en', 'zh'] as const).map((one) =>
        h('option', { value: one, selected: one === language, lang: one }, wordsOf(one).language),
      ),
    );
    const busy = h('span', { class: 'muted', 'aria-live': 'polite' });
    source.onBusy?.((isBusy) => {
      busy.textContent = isBusy ? words.working : '';
    });
    root.replaceChildren(
      h(
        'header',
        { class: 'top' },
        h(
          'h1',
          undefined,
          h(
            'span',
            { class: 'files' },
            source.snapshots.length === 1 ? brief(last.name) : words.snapshots(format.integer(source.snapshots.length)),
          ),
        ),
        h(
          'p',
          { class: 'facts' },
          [
            format.bytes(last.totalSize),
            words.objects(format.integer(last.nodeCount)),
            last.node && `Node.js ${brief(last.node)}`,
            source.snapshots.length > 1 && `${brief(source.snapshots[0]!.name)} … ${brief(last.name)}`,
          ]
            .filter(Boolean)
            .join(' · '),
        ),
        h(
          'div',
          { class: 'switches' },
          busy,
          source.showValues &&
            !source.showsValues &&
            h('button', { type: 'button', class: 'button', click: () => void source.showValues!().then(draw) }, words.showValues),
          languages,
          themeSwitch(words),
        ),
      ),
      h('nav', { 'aria-label': words.views }, h('div', { role: 'tablist', 'aria-label': words.views }, tabs)),
      h('main', undefined, panel),
    );

    function keyed(event: KeyboardEvent, view: ViewName): void {
      const at = views.indexOf(view);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = views[(to + views.length) % views.length]!;
      go(next);
      document.getElementById(`tab-${next}`)?.focus();
    }

    async function show(): Promise<void> {
      for (const action of leave.splice(0)) action();
      const { view, about } = place();
      for (const tab of tabs) {
        const isChosen = tab.id === `tab-${view}`;
        tab.setAttribute('aria-selected', String(isChosen));
        tab.tabIndex = isChosen ? 0 : -1;
      }
      panel.setAttribute('aria-labelledby', `tab-${view}`);
      panel.className = `view-${view}`;
      panel.replaceChildren();
      panel.scrollTop = 0;
      const mine: (() => void)[] = [];
      leave = mine;
      const gone = new AbortController();
      mine.push(() => gone.abort());
      const stage: Stage = {
        source: source.until?.(gone.signal) ?? source,
        words,
        format,
        go,
        about,
        onLeave: (action) => (leave === mine ? mine.push(action) : action()),
      };
      try {
        await shownViews.find(({ name }) => name === view)!.show(panel, stage);
      } catch (error) {
        if (leave === mine)
          panel.append(
            h('p', { class: 'failure', role: 'alert' }, error instanceof NotIncluded ? words.notIncluded : String(error)),
          );
      }
      if (leave === mine) panel.dataset.ready = view;
    }
    shown = show;
    void show();
  }

  let shown: () => Promise<void>;

  function place(): { view: ViewName; about: string | undefined } {
    const [view, about] = location.hash.slice(1).split('/', 2);
    const found = views.find((one) => one === view);
    return { view: found ?? views[0]!, about: found && about ? decoded(about) : undefined };
  }

  function go(view: ViewName, about?: string): void {
    const hash = about === undefined ? `#${view}` : `#${view}/${encodeURIComponent(about)}`;
    if (location.hash === hash) void shown();
    else location.hash = hash;
  }

  addEventListener('hashchange', () => void shown());
  draw();
}

/** Decodes a part of the address, which can contain any text. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
