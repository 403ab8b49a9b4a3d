// What of Vite the page uses. Its own types would also allow what a page that is one file cannot have.

interface ImportMeta {
  /** The exports called `import` of the files that fit, bundled with the page. */
  glob<T>(files: string[], options: { eager: true; import: string }): Record<string, T>;
}
