import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Failure } from '../lib/errors.ts';
import { causeOf } from '../lib/failureText.ts';
import { known, t } from '../lib/i18n.ts';
import { retryUntil } from '../lib/retry.ts';
import { Button } from './Button.tsx';
import { StateCard } from './StateCard.tsx';

interface Props {
  failure: Failure; // for which isAway is true
  retry: () => Promise<boolean>; // true when it worked: the page then shows something else
  level?: 1 | 2;
  children: ComponentChildren;
}

// AwayCard is shown while there is no network or no server. It retries by itself, and at once when the button is
// pressed.
export function AwayCard({ failure, retry, level = 2, children }: Props) {
  const latest = useRef(retry);
  latest.current = retry;
  useEffect(() => retryUntil(() => latest.current()), []);
  const trying = useSignal(false);

  async function now(): Promise<void> {
    trying.value = true;
    await latest.current();
    trying.value = false;
  }

  return (
    <StateCard
      scene={failure.code === 'offline' ? 'offline' : 'storm'}
      level={level}
      urgent
      title={causeOf(failure)}
      text={known(`away.${failure.code}`)}
      hint={t('away.returns')}
      actions={
        <Button disabled={trying.value} onClick={() => void now()}>
          {trying.value ? t('away.trying') : t('action.retry')}
        </Button>
      }
    >
      {children}
    </StateCard>
  );
}
