import { defineConfig } from 'vite';

// The Go server of `nests dev`; the page itself is always same-origin with its API.
const api = process.env.NESTS_URL ?? 'http://127.0.0.1:5544';

export default defineConfig({
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // Keeps light-dark() as written instead of rewriting it for older browsers.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    assetsInlineLimit: 0, // data: URIs would need a wider CSP
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600, // livekit-client, loaded when a nest is opened
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/health', '/ready', '/rtc', '/livekit', '/relay'].map((path) => [path, { target: api, ws: true }]),
    ),
  },
});
