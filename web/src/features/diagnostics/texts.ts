import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The texts of the verdicts load with the diagnostics, so that other pages stay small.
export const t = catalogue(en, { de });
