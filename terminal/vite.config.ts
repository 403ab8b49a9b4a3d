import { defineConfig } from 'vite';
import { nodeBundle } from '../bundle.mts';

export default defineConfig(nodeBundle('inspect.cjs', { minify: false }));
