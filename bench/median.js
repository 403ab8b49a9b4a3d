'use strict';

/** The number in the middle; of two, the larger. */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

module.exports = { median };
