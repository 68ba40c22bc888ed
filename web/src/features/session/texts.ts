import { catalogue } from '../../lib/i18n.ts';
import de from './texts/de.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };

// The words of the login and the account come with their dialogs, not with the lobby.
export const t = catalogue(en, { de });
