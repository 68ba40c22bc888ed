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
const spoken = signal(languageWith('en', en));
export const language = computed(() => spoken.value.language);
// locale is the language as this device writes it, with the region where the device names one: en-GB, de-AT.
export const locale = computed(() => spoken.value.locale);

let wanted: Language = 'en';

// setLanguage loads the texts of a language and shows the app in it. It returns false if they could not be loaded; the
// language then stays as it was.
export async function setLanguage(to: Language): Promise<boolean> {
  wanted = to;
  const catalogue =
    to === 'en'
      ? en
      : await others[to]().then(
          ({ default: words }) => words,
          () => null,
        );
  if (catalogue && wanted === to) spoken.value = languageWith(to, catalogue);
  return catalogue !== null;
}

// languageWith returns everything needed to write texts in a language. A text missing there is shown in English.
function languageWith(language: Language, words: Catalogue) {
  const locale = navigator.languages.find((tag) => primarySubtag(tag) === language) ?? language;
  return {
    language,
    locale,
    words: { ...en, ...words } as Catalogue,
    plural: new Intl.PluralRules(language),
    number: new Intl.NumberFormat(locale, { useGrouping: 'min2' }),
  };
}

// preferredLanguage returns the first language of a list of preferences that there is a catalogue for.
export const preferredLanguage = (tags: readonly string[]): Language =>
  tags.map(primarySubtag).find(isLanguage) ?? 'en';

// primarySubtag returns the language of a tag such as de-AT: de.
function primarySubtag(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}

// t returns a text in the current language.
export const t = (key: Key, values: Values = {}): string => fillIn(spoken.value.words, key, values);

// catalogue returns the t of a part of the app that few users open. It finds the texts of that part, which are loaded
// with it, and those of the app. known finds the part's own only.
export function catalogue<En extends Catalogue>(en: En, others: Record<Exclude<Language, 'en'>, Catalogue>) {
  const own = computed<Catalogue>(() => (spoken.value.language === 'en' ? en : others[spoken.value.language]));
  const all = computed<Catalogue>(() => ({ ...spoken.value.words, ...own.value }));
  const translate = (key: KeyOf<keyof En & string> | Key, values: Values = {}): string =>
    fillIn(all.value, key, values);
  return Object.assign(translate, { known: (key: string): string | undefined => own.value[key] });
}

// fillIn returns the text of a key, in the plural form for values.count, with its placeholders replaced.
function fillIn(words: Catalogue, key: string, values: Values): string {
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
