// The languages of the page.

import { en, type Words } from './words/en.js';
import { findingInChinese } from './words/findings-zh.js';
import { zh } from './words/zh.js';

export type { Words };
export type Language = 'en' | 'zh';

const WORDS: Record<Language, Words> = { en, zh };

export function wordsOf(language: Language): Words {
  return WORDS[language];
}

/** What a finding says, and in which language: that of the page, if the page knows the sentence. */
export function told(text: string, language: string): { text: string; lang: string } {
  const chinese = language.startsWith('zh') ? findingInChinese(text) : undefined;
  return chinese === undefined ? { text, lang: 'en' } : { text: chinese, lang: 'zh-Hans' };
}

/** `?lang=` of the address, else what the report was made with, else what the browser prefers. */
export function chooseLanguage(wanted: string | undefined): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? wanted;
  const all = asked ? [asked] : navigator.languages;
  const found = all.map((one) => one.toLowerCase().split('-')[0]).find((one) => one === 'en' || one === 'zh');
  return found === 'zh' ? 'zh' : 'en';
}
