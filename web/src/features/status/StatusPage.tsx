import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { duration, when } from '../../lib/dates.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import type { Report } from '../../lib/report.ts';
import { Button } from '../../ui/Button.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { StateCard } from '../../ui/StateCard.tsx';
import { Checks } from './Checks.tsx';
import { Drifts } from './Drifts.tsx';
import css from './Status.module.css';
import { type Seen, type StatusState, sinceLastPass } from './status.ts';

interface Props {
  status: StatusState;
  signedIn: boolean;
  diagnostics: ComponentChildren; // shown if the server does not answer
  operator: ComponentChildren; // the part that only operators see
}

// StatusPage shows the server's own report: the verdict, the checks behind it and the divergences.
export function StatusPage({ status, signedIn, diagnostics, operator }: Props) {
  useEffect(() => status.watch(), [status]);
  const { report, failure } = status.seen.value;
  return (
    <div class={css.page} aria-busy={!report && !failure}>
      <h1>{t('health.heading')}</h1>
      {!report && !failure && <Loading />}
      {failure && <Unreachable seen={{ report, failure }} retry={status.refresh} diagnostics={diagnostics} />}
      {report && (
        <div class={`${css.body} ${failure ? css.stale : ''}`}>
          <Verdict report={report} />
          {operator}
          <Checks checks={report.checks} />
          <Drifts drifts={report.drifts} at={report.at} />
          {!signedIn && <p class={css.fine}>{t('health.operators')}</p>}
        </div>
      )}
    </div>
  );
}

function Loading() {
  return (
    <>
      <span class="heard" role="status">
        {t('health.loading')}
      </span>
      <div class={`${css.card} ${css.skeleton}`} />
      <div class={`${css.card} ${css.skeleton} ${css.tall}`} />
    </>
  );
}

interface Gone {
  seen: Seen;
  retry: () => Promise<void>;
  diagnostics: ComponentChildren;
}

// With an earlier report, the page keeps it and shows its age.
function Unreachable({ seen: { report, failure }, retry, diagnostics }: Gone) {
  const again = <Button onClick={() => void retry()}>{t('action.retry')}</Button>;
  if (report) {
    const text = t('health.stale', { time: when(report.at, 'second') });
    return <Notice tone="bad" title={failure ? causeOf(failure) : ''} text={text} actions={again} />;
  }
  return (
    <StateCard
      scene="storm"
      title={t('health.unreachable')}
      text={failure ? causeOf(failure) : undefined}
      hint={failure ? hintOf(failure) : undefined}
      actions={again}
      urgent
    >
      {diagnostics}
    </StateCard>
  );
}

function Verdict({ report: { verdict, version, at, checks, drifts } }: { report: Report }) {
  const well = verdict.code === 'healthy';
  const lag = sinceLastPass(checks);
  const open = drifts.filter(({ resolved }) => resolved === 0).length;
  return (
    <section class={`${css.card} ${well ? css.well : css.ill}`} aria-labelledby="health-verdict">
      <div role="status">
        <h2 id="health-verdict">
          <span aria-hidden="true">{well ? '✅' : verdict.side === 'none' ? '⚠️' : '❌'}</span> {verdict.summary}
        </h2>
        <p>{verdict.cause}</p>
        {verdict.hint && (
          <p>
            <strong>{t('health.todo')}</strong> {verdict.hint}
          </p>
        )}
      </div>
      <dl class={css.figures}>
        {lag !== null && (
          <div>
            <dt>{t('health.lag')}</dt>
            <dd>{t('health.lag.ago', { time: duration(lag) })}</dd>
          </div>
        )}
        <div>
          <dt>{t('health.open')}</dt>
          <dd>{open}</dd>
        </div>
        <div>
          <dt>{t('health.at')}</dt>
          <dd>{when(at, 'second')}</dd>
        </div>
      </dl>
      <p class={css.fine}>
        <code>{verdict.code}</code>
        {version && ` · ${t('health.version', { version })}`}
      </p>
    </section>
  );
}
