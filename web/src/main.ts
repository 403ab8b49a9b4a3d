// Starts the page: selects the source of the data, and the language.

import './styles/base.css';
import './styles/frame.css';
import './styles/table.css';
import './styles/tones.css';
import './styles/findings.css';
import './styles/views.css';
import './styles/print.css';
import { start } from './app.js';
import { h } from './parts/dom.js';
import { loadingScreen } from './parts/loading.js';
import type { Source } from './source.js';
import { EmbeddedSource, type ReportData } from './source/embedded.js';
import { connect, type FileState, type ViewData } from './source/remote.js';
import { chooseLanguage } from './words.js';

/** The data of the page. `mode` distinguishes a report from `view`. */
async function sourceOf(data: ReportData | ViewData, loading: (files: readonly FileState[]) => void): Promise<Source> {
  return data.mode === 'view' ? connect(data, loading) : new EmbeddedSource(data);
}

const root = h('div', { id: 'app' });
document.body.prepend(root);
const text = document.getElementById('data')?.textContent;
if (text) {
  const data = JSON.parse(text) as ReportData | ViewData;
  const language = chooseLanguage(data.language);
  sourceOf(data, loadingScreen(root, language)).then(
    (source) => start(root, source, language),
    (error: unknown) => {
      root.replaceChildren(h('p', { class: 'failure', role: 'alert' }, error instanceof Error ? error.message : String(error)));
    },
  );
} else {
  root.append(h('p', { class: 'failure' }, 'heapdump-rs report FILE... writes this page with data.'));
}
