import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The texts of login and account are loaded with their dialogs.
export const t = catalogue(en, { de });
