import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The operator's words come with the operator's part of the page: everybody else's pages do not load them.
export const t = catalogue(en, { de });

// What arrives at run time may be the word of a newer server.
export const knownAct = (act: string): string => t.known(`act.${act}`) ?? act;
