'use strict';

/** Shuffles and sorts even numbers, with objects around them, and sums them up. */
module.exports = ({ i, count }) => {
  // The factor is prime to the count: each number comes once.
  const items = Array.from({ length: count }, (_, at) => ({ value: ((at * 7919 + i) % count) * 2, text: `item ${at}` }));
  const sorted = Float64Array.from(
    items.sort((a, b) => a.value - b.value),
    ({ value }) => value,
  );
  return { sorted, sum: sorted.reduce((sum, value) => sum + value, 0), text: `task ${i}: `.repeat(100) };
};
