import en from '../locales/en.json' with { type: 'json' };

// One typed catalogue. A key with plural forms is written key_one, key_other and asked for without the ending.
type Raw = keyof typeof en;
type Plural<K> = K extends `${infer Base}_other` ? Base : never;
export type Key = Exclude<Raw, `${string}_one` | `${string}_other`> | Plural<Raw>;
export type Values = Record<string, string | number>;

const catalogue: Record<string, string> = en;
const plural = new Intl.PluralRules('en');

export function t(key: Key, values: Values = {}): string {
  const form = typeof values.count === 'number' ? `${key}_${plural.select(values.count)}` : key;
  const text = catalogue[form] ?? catalogue[`${key}_other`] ?? catalogue[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

// Texts for words that arrive at run time, such as error codes: undefined when the catalogue has none.
export const known = (key: string): string | undefined => catalogue[key];
