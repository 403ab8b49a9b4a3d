'use strict';
// A cache of answers to six hundred different questions: the longer it runs, the fewer of them are new.
const answers = new Map();
let seed = 12345;
const random = (limit) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * limit); };

function lookUp(question) {
  if (!answers.has(question)) answers.set(question, { question, text: new Array(30).fill(question + 0.5) });
  return answers.get(question);
}

require('../harness').run(() => { for (let i = 0; i < 15; i++) lookUp(random(600)); });
