// Types of the parts of Vite that the page uses. Vite's own types also allow features that a page in a single file cannot have.

interface ImportMeta {
  /** Returns the exports named `import` of the matching files, which are bundled with the page. */
  glob<T>(files: string[], options: { eager: true; import: string }): Record<string, T>;
}
