// TypeScript has no types for Trusted Types yet.
interface TrustedTypes {
  createPolicy(name: 'sw', rules: { createScriptURL: () => string }): { createScriptURL(input: string): string };
}

const script = '/sw.js';
const settle = 3_000; // ms after the page has loaded, so that the worker delays nothing

// keepShell registers the service worker, which keeps the page for use without a network. Everything else works without
// it.
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
    // the browser forbids it on this page
  }
}
