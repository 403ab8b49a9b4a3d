'use strict';
// Makes findings of verdicts, in the form of findings about snapshots (lib/analysis/findings.d.ts), with an own catalogue of texts.

const { createHash } = require('node:crypto');
const { renderFrom } = require('../../messages.js');

const TEXTS = {
  en: () => require('../messages/en.json'),
  zh: () => require('../messages/zh.json'),
};

/**
 * @param {{kind: string, severity: 'leak' | 'suspect' | 'waste', confidence: number, bytes: number, values?: number[],
 *   name?: string, args?: object, evidence?: string[], fix?: string}} verdict `values` are those of the ledgers, oldest first;
 *   `evidence`: further sentences
 */
function finding({ kind, severity, confidence, bytes, values = [bytes], name, args = {}, evidence = [], fix = 'fix' }) {
  const message = (part) => ({ id: `${kind}.${part}`, args });
  const messages = { title: message('title'), sentence: ['sentence', ...evidence].map(message), fix: message(fix) };
  const steps = values.length - 1;
  const perStep = steps > 0 ? { growthPerStep: (values.at(-1) - values[0]) / steps, bytesPerStep: bytes / steps } : {};
  return {
    kind,
    severity,
    confidence,
    title: text('en', [messages.title]),
    sentence: text('en', messages.sentence),
    evidence: { bytes, count: values.at(-1), counts: values, ...perStep },
    culprit: {},
    path: [],
    fix: text('en', [messages.fix]),
    signature: createHash('sha256')
      .update(`memory\0${kind}\0${name ?? ''}`)
      .digest('hex')
      .slice(0, 16),
    frames: [],
    messages,
  };
}

/**
 * Returns sentences of a verdict.
 * @param {'en' | 'zh'} language
 */
function text(language, messages) {
  return renderFrom(language, TEXTS[language]().messages, messages);
}

module.exports = { TEXTS, finding, text };
