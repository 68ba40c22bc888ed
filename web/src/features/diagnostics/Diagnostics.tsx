import { useSignal } from '@preact/signals';
import { Stethoscope } from 'lucide';
import { type Key, known, t } from '../../lib/i18n.ts';
import { causeOf } from '../../lib/told.ts';
import { Button } from '../../ui/Button.tsx';
import css from './Diagnostics.module.css';
import type { Report } from './diagnostics.ts';
import type { Check } from './verdict.ts';

interface Props {
  run: (onCheck: (check: Check) => void) => Promise<Report>;
}

// The button of every error state, and below it what the checks found.
export function Diagnostics({ run }: Props) {
  const busy = useSignal(false);
  const checks = useSignal<Check[]>([]);
  const report = useSignal<Report | null>(null);

  async function start(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    checks.value = [];
    report.value = null;
    report.value = await run((check) => {
      checks.value = [...checks.value, check];
    });
    busy.value = false;
  }

  return (
    <div class={css.diagnostics}>
      <Button icon={Stethoscope} look="quiet" onClick={() => void start()} disabled={busy.value}>
        {t('diagnostics.run')}
      </Button>
      {(checks.value.length > 0 || busy.value) && (
        <section class={css.report} aria-label={t('diagnostics.heading')} aria-busy={busy.value}>
          <h2>{t('diagnostics.heading')}</h2>
          <ul>
            {checks.value.map((check) => (
              <Line check={check} key={check.id} />
            ))}
          </ul>
          {report.value && <Outcome report={report.value} />}
        </section>
      )}
    </div>
  );
}

const marks: Record<Check['status'], string> = { ok: '✅', warn: '⚠️', fail: '❌', unknown: '❔', skipped: '➖' };

function Line({ check }: { check: Check }) {
  const failure = check.failure;
  return (
    <li class={css.line}>
      <span class={css.mark} aria-hidden="true">
        {marks[check.status]}
      </span>
      <span>
        <strong>{t(`diagnostics.check.${check.id}`)}</strong>: {t(`diagnostics.status.${check.status}`)}
        {failure && (
          <span class={css.why}>
            {failure.status > 0 ? `${failure.status} · ` : ''}
            {causeOf(failure)}
          </span>
        )}
      </span>
      <span class={css.took}>{t('diagnostics.took', { ms: check.ms })}</span>
    </li>
  );
}

function Outcome({ report }: { report: Report }) {
  const { code, scenario, side } = report.verdict;
  return (
    <div class={css.verdict}>
      <p>
        <strong>{known(`verdict.${code}`) ?? code}</strong>
      </p>
      <p>{known(`verdict.${code}.hint`)}</p>
      <p class={css.fine}>
        {scenario ? t('diagnostics.scenario', { scenario, code }) : t('diagnostics.code', { code })}
        {' · '}
        {t(`diagnostics.side.${side}` as Key)}
      </p>
    </div>
  );
}
