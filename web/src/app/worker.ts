// TypeScript does not know Trusted Types yet.
interface TrustedTypes {
  createPolicy(name: 'sw', rules: { createScriptURL: () => string }): { createScriptURL(input: string): string };
}

const script = '/sw.js';
const settle = 3_000; // ms after the page has loaded: nothing that is seen or heard waits for the worker

// keepShell registers the service worker, which keeps the page for when there is no network. Without one, all else
// works.
export function keepShell(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const later = () =>
    setTimeout(() => ('requestIdleCallback' in window ? requestIdleCallback(register) : register()), settle);
  if (document.readyState === 'complete') later();
  else addEventListener('load', later, { once: true });
}

function register(): void {
  try {
    const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
    const url = trustedTypes?.createPolicy('sw', { createScriptURL: () => script }).createScriptURL(script) ?? script;
    navigator.serviceWorker.register(url).catch(() => undefined);
  } catch {
    // a browser that forbids it to this page
  }
}
