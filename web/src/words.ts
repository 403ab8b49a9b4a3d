// The languages of the page.

import type { FindingMessage } from '../../lib/analysis/findings.js';
import { render } from '../../lib/messages.js';
import table from '../../lib/analysis/columns.json';
import { en, type OwnWords } from './words/en.js';
import { zh } from './words/zh.js';

export type Language = 'en' | 'zh';

/** The views; their tabs have the order of the words. */
export type ViewName = keyof OwnWords['tabs'];

/** What the page says, with the headings of the columns of all lists. */
export type Words = OwnWords & { columns: Record<keyof typeof table.columns, string> };

function withTitles(language: Language, words: OwnWords): Words {
  const titles = Object.entries(table.columns).map(([key, { title }]) => [key, title[language]]);
  return { ...words, columns: { ...Object.fromEntries(titles), ...words.columns } };
}

const WORDS: Record<Language, Words> = { en: withTitles('en', en), zh: withTitles('zh', zh) };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** What a finding says, in the language of the page. */
export function told(...messages: FindingMessage[]): { text: string; lang: string } {
  const { lang } = document.documentElement;
  return { text: render(lang.startsWith('zh') ? 'zh' : 'en', messages), lang };
}

/** `?lang=` of the address, else what the report was made with, else what the browser prefers. */
export function chooseLanguage(wanted: string | undefined): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? wanted;
  const all = asked ? [asked] : navigator.languages;
  const found = all.map((one) => one.toLowerCase().split('-')[0]).find((one) => one === 'en' || one === 'zh');
  return found === 'zh' ? 'zh' : 'en';
}
