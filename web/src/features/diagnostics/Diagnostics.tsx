import { useSignal } from '@preact/signals';
import { Copy, Download, Stethoscope } from 'lucide';
import type { ComponentChildren } from 'preact';
import { causeOf } from '../../lib/failureText.ts';
import { type Key, known } from '../../lib/i18n.ts';
import { marks } from '../../lib/report.ts';
import { Button } from '../../ui/Button.tsx';
import css from './Diagnostics.module.css';
import type { Report } from './diagnostics.ts';
import { ServerReport } from './ServerReport.tsx';
import { t } from './texts.ts';
import type { Check } from './verdict.ts';

interface Props {
  run: (onCheck: (check: Check) => void) => Promise<Report>;
  onCopy: (report: Report) => void;
  onSave: (report: Report) => void;
  remedy: (report: Report) => ComponentChildren; // a remedy that the page can offer
  sound: ComponentChildren; // tests of microphone and loudspeaker
}

// Diagnostics is the button of every error state, with the results below it.
export function Diagnostics({ run, onCopy, onSave, remedy, sound }: Props) {
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
          {report.value ? (
            <>
              <Outcome report={report.value} />
              {remedy(report.value)}
            </>
          ) : (
            <p class={css.fine}>{t('diagnostics.busy')}</p>
          )}
          <ul>
            {checks.value.map((check) => (
              <Line check={check} key={check.id} />
            ))}
          </ul>
          {report.value?.server && <ServerReport server={report.value.server} />}
          {report.value && (
            <div class={css.take}>
              <Button icon={Copy} onClick={() => report.value && onCopy(report.value)}>
                {t('diagnostics.copy')}
              </Button>
              <Button icon={Download} onClick={() => report.value && onSave(report.value)}>
                {t('diagnostics.save')}
              </Button>
              {sound}
            </div>
          )}
        </section>
      )}
    </div>
  );
}

function Line({ check }: { check: Check }) {
  const { failure, says, id, status } = check;
  const why = failure ? `${failure.status > 0 ? `${failure.status} · ` : ''}${causeOf(failure)}` : says;
  return (
    <li class={css.line}>
      <span class={css.mark} aria-hidden="true">
        {marks[status]}
      </span>
      <span>
        <strong>{t(`diagnostics.check.${id}`)}</strong>:{' '}
        {known(`diagnostics.${id}.${status}`) ?? t(`diagnostics.status.${status}`)}
        {why !== '' && <span class={css.why}>{why}</span>}
      </span>
      <span class={css.took}>{t('diagnostics.took', { ms: check.ms })}</span>
    </li>
  );
}

function Outcome({ report }: { report: Report }) {
  const { code, scenario, side } = report.verdict;
  const server = report.server?.verdict.code === code ? report.server.verdict : null;
  return (
    <div class={css.verdict} role="status">
      <p>
        <strong>{t.known(code) ?? server?.summary ?? code}</strong>
      </p>
      <p>{t.known(`${code}.hint`) ?? server?.hint}</p>
      <p class={css.fine}>
        {scenario ? t('diagnostics.scenario', { scenario, code }) : t('diagnostics.code', { code })}
        {' · '}
        {t(`diagnostics.side.${side}` as Key)}
      </p>
    </div>
  );
}
