import { useMemo } from 'preact/hooks';
import { createClock } from '../lib/clock.ts';
import { t } from '../lib/i18n.ts';
import css from './Countdown.module.css';

// The time until something begins, in digits of equal width. Screen readers skip it and read the start time beside it.
export function Countdown({ to }: { to: number }) {
  const now = useMemo(() => createClock(), []);
  const left = Math.max(0, Math.ceil((to - now.value) / 1000));
  if (left === 0) return <p class={css.words}>{t('countdown.soon')}</p>;
  const parts = [
    { count: Math.floor(left / 86_400), unit: t('countdown.days') },
    { count: Math.floor(left / 3600) % 24, unit: t('countdown.hours') },
    { count: Math.floor(left / 60) % 60, unit: t('countdown.minutes') },
    { count: left % 60, unit: t('countdown.seconds') },
  ];
  const first = parts.findIndex((part) => part.count > 0);
  return (
    <p class={css.countdown} role="timer" aria-label={t('countdown.label')}>
      {parts.slice(Math.min(first, 2)).map(({ count, unit }) => (
        <span key={unit}>
          <b>{String(count).padStart(2, '0')}</b> {unit}
        </span>
      ))}
    </p>
  );
}
