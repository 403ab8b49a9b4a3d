'use strict';

const { clearTimeout, setTimeout } = require('node:timers');

/** Returns the result of `work`, or rejects with `makeError()` if there is none after `ms`. */
async function within(work, ms, makeError) {
  let timer;
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(makeError()), ms);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

module.exports = { within };
