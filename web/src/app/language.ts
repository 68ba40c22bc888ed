import { isLanguage, type Language, language, languages, preferredLanguage, setLanguage } from '../lib/i18n.ts';
import type { Box } from '../lib/storage.ts';

export const choices = ['system', ...(Object.keys(languages) as Language[])] as const;
export type LanguageChoice = (typeof choices)[number];

// readLanguage returns the remembered language, or system.
export function readLanguage(device: Box): LanguageChoice {
  const kept = device.read('language') ?? '';
  return isLanguage(kept) ? kept : 'system';
}

// applyLanguage sets and remembers the language; system is that of the browser. It returns false if the texts could not
// be loaded.
export async function applyLanguage(choice: LanguageChoice, device: Box): Promise<boolean> {
  if (choice === 'system') device.remove('language');
  else device.write('language', choice);
  const done = await setLanguage(choice === 'system' ? preferredLanguage(navigator.languages) : choice);
  document.documentElement.lang = language.value;
  return done;
}
