// The languages of the page.

import type { FindingMessage } from '../../lib/analysis/findings.js';
import { render } from '../../lib/messages.js';
import table from '../../lib/analysis/columns.json';
import { en, type OwnWords } from './words/en.js';
import { zh } from './words/zh.js';

export type Language = 'en' | 'zh';

/** The names of the views. The tabs are in this order. */
export type ViewName = keyof OwnWords['tabs'];

/** The texts of the page, with the headings of the columns of all lists. */
export type Words = OwnWords & { columns: Record<keyof typeof table.columns, string> };

function withTitles(language: Language, words: OwnWords): Words {
  const titles = Object.entries(table.columns).map(([key, { title }]) => [key, title[language]]);
  return { ...words, columns: { ...Object.fromEntries(titles), ...words.columns } };
}

const WORDS: Record<Language, Words> = { en: withTitles('en', en), zh: withTitles('zh', zh) };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** Returns the text of messages of a finding in the language of the page. */
export function renderMessages(...messages: FindingMessage[]): { text: string; lang: string } {
  const { lang } = document.documentElement;
  return { text: render(lang.startsWith('zh') ? 'zh' : 'en', messages), lang };
}

/** Returns the language in the address (`?lang=`), or else that of the report, or else the preference of the browser. */
export function chooseLanguage(wanted: string | undefined): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? wanted;
  const all = asked ? [asked] : navigator.languages;
  const found = all.map((one) => one.toLowerCase().split('-')[0]).find((one) => one === 'en' || one === 'zh');
  return found === 'zh' ? 'zh' : 'en';
}
