import type { Box } from '../lib/storage.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

// readTheme returns the remembered theme, or system.
export function readTheme(device: Box): Theme {
  const kept = device.read('theme');
  return themes.find((theme) => theme === kept) ?? 'system';
}

// applyTheme sets and remembers the theme; system is that of the browser.
export function applyTheme(theme: Theme, device: Box): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
    device.remove('theme');
    return;
  }
  document.documentElement.dataset.theme = theme;
  device.write('theme', theme);
}
