// The languages of the page.

import type { FindingMessage } from '../../lib/analysis/findings.js';
import { render } from '../../lib/messages.js';
import { en, type Words } from './words/en.js';
import { zh } from './words/zh.js';

export type { Words };
export type Language = 'en' | 'zh';

const WORDS: Record<Language, Words> = { en, zh };

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
