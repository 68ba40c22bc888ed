import { defineConfig, type Plugin } from 'vite';

// The Go server of nests dev. The page and its API always have the same origin.
const api = process.env.NESTS_URL ?? 'http://127.0.0.1:5544';

// Where the styles of another file come first, the build drops the order of layers that theme.css declares.
const layerOrder: Plugin = {
  name: 'layer-order',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue;
      file.source = `@layer base,ui,feature,shell,motion;${String(file.source)}`;
    }
  },
};

export default defineConfig({
  plugins: [layerOrder],
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // Keeps light-dark() as written instead of rewriting it for older browsers.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    // One stylesheet: the order of the layers must not depend on which page was loaded first.
    cssCodeSplit: false,
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
