import { computed, signal } from '@preact/signals';
import en from '../locales/en.json' with { type: 'json' };

// One typed catalogue. A text with plural forms has the keys key_one, key_other and others that a language needs, and
// is requested without the ending.
type Plural<K> = K extends `${infer Base}_other` ? Base : never;
type KeyOf<Raw> = Exclude<Raw, `${string}_one` | `${string}_other`> | Plural<Raw>;
export type Key = KeyOf<keyof typeof en>;
export type Values = Record<string, string | number>;
type Catalogue = Readonly<Record<string, string>>;

// Each language by its own name.
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;
export const isLanguage = (word: string): word is Language => Object.hasOwn(languages, word);

// English is part of the app. Another language is loaded when it is chosen.
const others: Record<Exclude<Language, 'en'>, () => Promise<{ default: Catalogue }>> = {
  de: () => import('../locales/de.json'),
};

// A component that reads a text is drawn again when the language changes. An effect that shows a text only once reads
// it untracked.
const spoken = signal(voice('en', en));
export const language = computed(() => spoken.value.language);
// locale is the language as this device writes it, with the region where the device names one: en-GB, de-AT.
export const locale = computed(() => spoken.value.locale);

let wanted: Language = 'en';

// speak changes the language. It returns false if the texts could not be loaded: then the language stays as it was.
export async function speak(to: Language): Promise<boolean> {
  wanted = to;
  const catalogue = to === 'en' ? en : await others[to]().then(({ default: words }) => words, lost);
  if (catalogue && wanted === to) spoken.value = voice(to, catalogue);
  return catalogue !== null;
}

const lost = () => null;

function voice(language: Language, words: Catalogue) {
  const locale = navigator.languages.find((tag) => primary(tag) === language) ?? language;
  return {
    language,
    locale,
    words: { ...en, ...words } as Catalogue,
    plural: new Intl.PluralRules(language),
    number: new Intl.NumberFormat(locale, { useGrouping: 'min2' }),
  };
}

// understood returns the first language of a list of preferences that there is a catalogue for.
export const understood = (tags: readonly string[]): Language => tags.map(primary).find(isLanguage) ?? 'en';

function primary(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}

export const t = (key: Key, values: Values = {}): string => phrase(spoken.value.words, key, values);

// catalogue returns the t of a part of the app that few users open. It finds the texts of that part, which are loaded
// with it, and those of the app. known finds the part's own only.
export function catalogue<En extends Catalogue>(en: En, others: Record<Exclude<Language, 'en'>, Catalogue>) {
  const own = computed<Catalogue>(() => (spoken.value.language === 'en' ? en : others[spoken.value.language]));
  const all = computed<Catalogue>(() => ({ ...spoken.value.words, ...own.value }));
  const translate = (key: KeyOf<keyof En & string> | Key, values: Values = {}): string =>
    phrase(all.value, key, values);
  return Object.assign(translate, { known: (key: string): string | undefined => own.value[key] });
}

function phrase(words: Catalogue, key: string, values: Values): string {
  const { plural, number } = spoken.value;
  const form = typeof values.count === 'number' ? `${key}_${plural.select(values.count)}` : key;
  const text = words[form] ?? words[`${key}_other`] ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? number.format(value) : (value ?? whole);
  });
}

// known returns the text for a key that is made at run time, such as from an error code, or undefined.
export const known = (key: string): string | undefined => spoken.value.words[key];
