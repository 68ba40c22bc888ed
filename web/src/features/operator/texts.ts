import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The operator's texts load with the operator's part of the page only.
export const t = catalogue(en, { de });

// A newer server may send an unknown act.
export const knownAct = (act: string): string => t.known(`act.${act}`) ?? act;
