import { defineConfig } from 'vite';

// One CommonJS file without dependencies, for every Node that the package runs on.
export default defineConfig({
  // Not what browsers export.
  resolve: { conditions: ['node'] },
  ssr: { noExternal: true },
  build: {
    ssr: 'src/main.ts',
    target: 'node18',
    outDir: 'dist',
    // Half of the protocol's libraries is names and comments.
    minify: true,
    // Of the libraries that are in the file.
    license: { fileName: 'licenses.md' },
    rollupOptions: { output: { format: 'cjs', entryFileNames: 'server.cjs' } },
  },
});
