import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { unused } from './scripts/unused.mjs';

// Where `npm run dev` sends the API's requests: a nightjar that runs already.
const api = process.env.NIGHTJAR_API ?? 'http://127.0.0.1:8470';

export default defineConfig({
  plugins: [react(), unused()],
  // The server puts a nonce of its own here each time it hands out the page;
  // internal/web knows the same word.
  html: { cspNonce: '__NIGHTJAR_NONCE__' },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false },
    // One file of what every screen needs: thirty small ones took a browser on
    // loopback 150 ms longer to fetch, and compress worse.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/api': api, '/consent/callback': api } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}', 'scripts/*.test.mjs'] },
});
