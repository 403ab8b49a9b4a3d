// The queries by name. Not a part of the API: the page uses it.

export const QUERIES: Record<string, unknown>;
export const COMPARISONS: Record<string, unknown>;
