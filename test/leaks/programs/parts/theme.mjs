// Loaded by import-query and healthy-import-once.
export const colours = Array.from({ length: 60 }, (_, i) => `hsl(${i * 6}, 50%, 50%)`);
export default function paint(n) { return colours[n % colours.length]; }
