import { useSignal } from '@preact/signals';
import { duration, when } from '../../lib/dates.ts';
import { known, t } from '../../lib/i18n.ts';
import type { Drift } from '../../lib/report.ts';
import { Button } from '../../ui/Button.tsx';
import { Evidence } from './Evidence.tsx';
import css from './Status.module.css';
import { byTime, durationOf } from './status.ts';

const few = 10;

interface Props {
  drifts: Drift[];
  at: number; // of the report, unix ms
}

// Drifts shows the drift record: open divergences first, the rest of a long history on request.
export function Drifts({ drifts, at }: Props) {
  const all = useSignal(false);
  const sorted = byTime(drifts);
  const open = sorted.filter(({ resolved }) => resolved === 0).length;
  const shown = all.value ? sorted : sorted.slice(0, Math.max(few, open));
  return (
    <section class={css.card} aria-labelledby="health-drifts">
      <h2 id="health-drifts">{t('health.drifts')}</h2>
      <p class={css.fine}>{t('health.drifts.text')}</p>
      {drifts.length === 0 && <p>{t('health.drifts.none')}</p>}
      {drifts.length > 0 && (
        <ul aria-labelledby="health-drifts">
          {shown.map((drift) => (
            <Line drift={drift} at={at} key={`${drift.code} ${drift.nest} ${drift.first}`} />
          ))}
        </ul>
      )}
      {shown.length < sorted.length && (
        <Button
          onClick={() => {
            all.value = true;
          }}
        >
          {t('health.drifts.all', { count: sorted.length })}
        </Button>
      )}
    </section>
  );
}

const isNest = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

function Line({ drift, at }: { drift: Drift; at: number }) {
  const outcome = drift.resolved === 0 ? 'open' : (drift.outcome as 'repaired');
  const time = duration(durationOf(drift, at));
  const name = known(`drift.${drift.code}`) ?? drift.code;
  const ended = known(`health.drift.${outcome}`) ? t(`health.drift.${outcome}`, { time }) : time;
  return (
    <li class={css.line}>
      <span aria-hidden="true">{outcome === 'open' ? '⚠️' : '✅'}</span>
      <div>
        <p>
          <strong>{name}</strong>: {ended}
        </p>
        <p class={css.fine}>
          <time dateTime={iso(drift.first)}>{when(drift.first, 'exact')}</time>
          {' · '}
          {t('health.drift.steps', { count: drift.steps })}
        </p>
        {isNest(drift.nest) && <a href={`/n/${drift.nest}`}>{t('health.drift.nest')}</a>}
        <Evidence of={name} evidence={drift.evidence} />
      </div>
    </li>
  );
}

// iso returns '' for a time that Date cannot represent.
const iso = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : '');
