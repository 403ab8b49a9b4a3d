import { defineConfig } from 'vite';
import { nodeBundle } from '../bundle.mts';

// Half of the protocol's libraries is names and comments.
export default defineConfig(nodeBundle('server.cjs', { minify: true }));
