import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// What each verdict says and advises comes with the diagnostics: pages on which all is well do not load it.
export const t = catalogue(en, { de });
