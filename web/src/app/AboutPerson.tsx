import { useSignal } from '@preact/signals';
import { EyeOff, Flag, UserRoundPlus } from 'lucide';
import { ErrorBoundary, lazy } from 'preact-iso';
import { sendReport } from '../features/report/report.ts';
import { causeOf } from '../lib/failureText.ts';
import { t } from '../lib/i18n.ts';
import type { Result } from '../lib/result.ts';
import { Button } from '../ui/Button.tsx';
import { Notice } from '../ui/Notice.tsx';
import css from './AboutPerson.module.css';
import { useServices } from './services.ts';

const ReportDialog = lazy(() => import('../features/report/ReportDialog.tsx').then((m) => m.ReportDialog));

interface Props {
  pubkey: string;
  coordinate: string; // of the nest in which the card is open
  me: boolean;
}

// A person's profile, with buttons to follow, to mute and to report them.
export function AboutPerson({ pubkey, coordinate, me }: Props) {
  const { profiles, lists, session, identity, relay } = useServices();
  const reporting = useSignal(false);
  const busy = useSignal(false);
  const problem = useSignal('');
  const { about } = profiles.of(pubkey).value;
  const follows = lists.following.value.has(pubkey);
  const hidden = lists.muted.value.has(pubkey);

  async function run(change: Promise<Result<null>>): Promise<void> {
    busy.value = true;
    problem.value = '';
    const done = await change;
    busy.value = false;
    if (!done.ok) problem.value = causeOf(done.failure);
  }

  return (
    <>
      {about && (
        <p class={css.about} dir="auto">
          {about}
        </p>
      )}
      {problem.value && <Notice tone="bad" title={problem.value} />}
      {!me && session.user.value && (
        <div class={css.row}>
          <Button icon={UserRoundPlus} disabled={busy.value} onClick={() => void run(lists.follow(pubkey, !follows))}>
            {follows ? t('card.unfollow') : t('card.follow')}
          </Button>
          <Button icon={EyeOff} disabled={busy.value} onClick={() => void run(lists.mute(pubkey, !hidden))}>
            {hidden ? t('card.unhide') : t('card.hide')}
          </Button>
          <Button
            icon={Flag}
            onClick={() => {
              reporting.value = true;
            }}
          >
            {t('card.report')}
          </Button>
        </div>
      )}
      <ErrorBoundary>
        {reporting.value && (
          <ReportDialog
            name={identity(pubkey).value.name}
            send={(reason, note) => sendReport({ pubkey, coordinate, reason, note }, session, relay)}
            onClose={() => {
              reporting.value = false;
            }}
          />
        )}
      </ErrorBoundary>
    </>
  );
}
