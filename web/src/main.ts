// Starts the page: where the data comes from, in which language.

import './styles/base.css';
import './styles/frame.css';
import './styles/table.css';
import './styles/tones.css';
import './styles/findings.css';
import './styles/views.css';
import './styles/print.css';
import { start } from './app.js';
import { h } from './parts/dom.js';
import type { Source } from './source.js';
import { EmbeddedSource, type ReportData } from './source/embedded.js';
import { chooseLanguage } from './words.js';

/** The data of the page, whose `mode` says what it is. */
async function sourceOf(data: ReportData): Promise<Source> {
  return new EmbeddedSource(data);
}

const root = h('div', { id: 'app' });
document.body.prepend(root);
const text = document.getElementById('data')?.textContent;
if (text) {
  const data = JSON.parse(text) as ReportData;
  void sourceOf(data).then((source) => start(root, source, chooseLanguage(data.language)));
} else {
  root.append(h('p', { class: 'failure' }, 'heapdump-rs report FILE... writes this page with data.'));
}
