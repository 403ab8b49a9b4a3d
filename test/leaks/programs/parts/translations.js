'use strict';
// Loaded by the programs about require.cache.
const phrases = new Map(Array.from({ length: 40 }, (_, i) => [`phrase.${i}`, `translation ${i} of ${module.children.length}`]));
exports.translate = (key) => phrases.get(key) ?? key;
