import { Check, X } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import css from './Invited.module.css';
import type { Invitation } from './invitation.ts';

// Invited asks a user whom a moderator moved on stage. It is announced at once, and takes no focus. The microphone
// stays off either way.
export function Invited({ invitation, onDecline }: { invitation: Invitation; onDecline: () => void }) {
  return (
    <section class={css.card} aria-label={t('invited.heading')}>
      <div role="alert">
        <p class={css.title}>{t('invited.heading')}</p>
        <p class={css.text}>{t('invited.text')}</p>
      </div>
      <div class={css.actions}>
        <Button look="main" icon={Check} onClick={invitation.accept}>
          {t('action.accept')}
        </Button>
        <Button icon={X} onClick={onDecline}>
          {t('action.decline')}
        </Button>
      </div>
    </section>
  );
}
