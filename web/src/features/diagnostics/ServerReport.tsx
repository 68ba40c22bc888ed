import { t } from '../../lib/i18n.ts';
import { marks, type Report } from '../../lib/report.ts';
import css from './Diagnostics.module.css';

// ServerReport shows the server's own report, collapsed at first: its checks, in the server's English, and its first
// ten divergences.
export function ServerReport({ server }: { server: Report }) {
  return (
    <details class={css.server}>
      <summary>{t('diagnostics.server')}</summary>
      <ul>
        {server.checks.map((check) => (
          <li class={css.line} key={check.id}>
            <span class={css.mark} aria-hidden="true">
              {marks[check.status]}
            </span>
            <span>
              <strong>{check.title}</strong>: {check.summary}
              {check.hint && <span class={css.why}>{check.hint}</span>}
            </span>
            <span class={css.took}>{t('diagnostics.took', { ms: check.ms })}</span>
          </li>
        ))}
      </ul>
      {server.drifts.length > 0 && (
        <>
          <h3>{t('diagnostics.drifts')}</h3>
          <ul>
            {server.drifts.slice(0, 10).map((drift) => (
              <li key={`${drift.code}${drift.first}`}>
                <code>{drift.code}</code>{' '}
                {drift.resolved
                  ? t('diagnostics.drift.over', { seconds: Math.round((drift.resolved - drift.first) / 1000) })
                  : t('diagnostics.drift.open')}
              </li>
            ))}
          </ul>
        </>
      )}
    </details>
  );
}
