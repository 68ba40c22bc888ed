import { t } from '../../lib/i18n.ts';
import { type Check, marks } from '../../lib/report.ts';
import { Evidence } from './Evidence.tsx';
import css from './Status.module.css';
import { groups } from './status.ts';

// Checks shows the checks by subject. A mark always comes with its text.
export function Checks({ checks }: { checks: Check[] }) {
  return (
    <section class={css.card} aria-labelledby="health-checks">
      <h2 id="health-checks">{t('health.checks')}</h2>
      {groups(checks).map(({ group, checks }) => (
        <div class={css.group} key={group}>
          <h3 id={`health-${group}`}>{t(`health.group.${group}`)}</h3>
          <ul aria-labelledby={`health-${group}`}>
            {checks.map((check) => (
              <Line check={check} key={check.id} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Line({ check }: { check: Check }) {
  const trouble = check.status !== 'ok' && check.status !== 'skipped';
  return (
    <li class={css.line}>
      <span aria-hidden="true">{marks[check.status]}</span>
      <div>
        <p>
          <strong>{check.title}</strong>: {t(`health.mark.${check.status}`)}
        </p>
        <p class={css.fine}>{check.summary}</p>
        {trouble && check.hint && (
          <p>
            <strong>{t('health.todo')}</strong> {check.hint}
          </p>
        )}
        <Evidence of={check.title} evidence={check.evidence} />
      </div>
      <span class={css.took}>{t('diagnostics.took', { ms: check.ms })}</span>
    </li>
  );
}
