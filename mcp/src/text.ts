// Texts of limited length.

/** Characters that change how the text around them is shown, or that are not shown. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Returns a text of at most `limit` UTF-16 units without invisible characters; a cut text ends in `…`. */
export function clip(text: string, limit: number): string {
  const short = text.length <= limit ? text : `${text.slice(0, limit - 1)}\u2026`;
  return short.replace(INVISIBLE, '\uFFFD');
}

/** Returns the first items of a list; with the last `tail` ones if it is longer than `head + tail`. */
export function ends<T>(list: readonly T[], head: number, tail: number): { shown: T[]; omitted: number } {
  const omitted = Math.max(0, list.length - head - tail);
  return { shown: omitted > 0 ? [...list.slice(0, head), ...list.slice(-tail)] : [...list], omitted };
}
