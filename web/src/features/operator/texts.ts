import { language, phrase, type Values } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The operator's words come with the operator's part of the page: everybody else's pages do not load them.
const words: Record<string, Readonly<Record<string, string>>> = { en, de };

type Raw = keyof typeof en;
type Plural<K> = K extends `${infer Base}_other` ? Base : never;
type Key = Exclude<Raw, `${string}_one` | `${string}_other`> | Plural<Raw>;

export const say = (key: Key, values: Values = {}): string => phrase(words[language.value] ?? en, key, values);

// What arrives at run time may be the word of a newer server.
export const knownAct = (act: string): string => (`act.${act}` in en ? say(`act.${act}` as Key) : act);
