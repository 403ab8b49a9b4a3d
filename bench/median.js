'use strict';

/** Returns the median; of two middle numbers, the larger. */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

module.exports = { median };
