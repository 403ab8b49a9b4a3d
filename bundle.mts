// The configuration of Vite for `terminal/` and `mcp/`.

/** Returns the configuration for one CommonJS file without dependencies, for every Node that the package runs on. */
export const nodeBundle = (file: string, { minify }: { minify: boolean }) => ({
  // Not what browsers export.
  resolve: { conditions: ['node'] },
  ssr: { noExternal: true as const },
  build: {
    ssr: 'src/main.ts',
    target: 'node18',
    outDir: 'dist',
    minify,
    // Of the libraries that are in the file.
    license: { fileName: 'licenses.md' },
    rollupOptions: { output: { format: 'cjs' as const, entryFileNames: file } },
  },
});
