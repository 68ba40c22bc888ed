import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The texts of the report dialog are loaded with it.
export const t = catalogue(en, { de });
