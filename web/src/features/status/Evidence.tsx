import { t } from '../../lib/i18n.ts';
import type { Evidence as Seen } from '../../lib/report.ts';
import css from './Status.module.css';

// Evidence shows the details of a check. The server sends each viewer only what they may see.
export function Evidence({ of, evidence }: { of: string; evidence: Seen }) {
  if (evidence.length === 0) return null;
  return (
    <details class={css.evidence}>
      <summary class="hit">
        {t('health.evidence')} <span class="heard">{of}</span>
      </summary>
      <dl>
        {evidence.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
