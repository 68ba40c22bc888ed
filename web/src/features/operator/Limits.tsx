import { useSignal } from '@preact/signals';
import { Field } from '../../ui/Field.tsx';
import css from './Operator.module.css';
import type { Operator, Limits as Said } from './operator.ts';
import { Action, Card, Shown, Subject } from './parts.tsx';
import { t } from './texts.ts';

// Limits shows who may create nests, and how many at once.
export function Limits({ operator }: { operator: Operator }) {
  return (
    <Card id="limits" heading={t('limits.heading')}>
      <Shown of={operator.limits}>
        {(limits) => (
          <>
            <p>{t(`limits.create.${limits.create}`)}</p>
            {limits.create === 'list' && <Listed limits={limits} operator={operator} />}
            <p>{limits.nests === 0 ? t('limits.default.none') : t('limits.default', { count: limits.nests })}</p>
            <Quotas limits={limits} operator={operator} />
          </>
        )}
      </Shown>
    </Card>
  );
}

interface Props {
  limits: Said;
  operator: Operator;
}

function Listed({ limits: { creators }, operator }: Props) {
  const key = useSignal('');
  async function run() {
    const done = await operator.addCreator(key.value.trim());
    if (done.ok) key.value = '';
    return done;
  }
  return (
    <>
      <h3 id="operator-list">{t('limits.list')}</h3>
      {creators.length === 0 && <p role="status">{t('limits.list.empty')}</p>}
      {creators.length > 0 && (
        <ul class={css.list} aria-labelledby="operator-list">
          {creators.map(({ pubkey }) => (
            <li class={css.line} key={pubkey}>
              <p id={`operator-creator-${pubkey.slice(0, 12)}`}>
                <Subject of={pubkey} />
              </p>
              <Action
                word={t('limits.list.remove')}
                describedBy={`operator-creator-${pubkey.slice(0, 12)}`}
                run={() => operator.removeCreator(pubkey)}
              />
            </li>
          ))}
        </ul>
      )}
      <div class={css.form}>
        <Field
          label={t('limits.list.key')}
          placeholder="npub1…"
          value={key.value}
          onValue={(value) => {
            key.value = value;
          }}
          max={100}
        />
        <div class={css.row}>
          <Action word={t('limits.list.add')} disabled={key.value.trim() === ''} run={run} />
        </div>
      </div>
    </>
  );
}

function Quotas({ limits: { quotas }, operator }: Props) {
  const key = useSignal('');
  const number = useSignal('');
  const nests = /^\d{1,6}$/.test(number.value.trim()) ? Number(number.value) : null;
  async function run() {
    const done = await operator.setQuota(key.value.trim(), nests ?? 0);
    if (done.ok) key.value = number.value = '';
    return done;
  }
  return (
    <>
      {quotas.length > 0 && (
        <ul class={css.list}>
          {quotas.map(({ pubkey, nests }) => (
            <li class={css.line} key={pubkey}>
              <p id={`operator-quota-${pubkey.slice(0, 12)}`}>
                <Subject of={pubkey} />: {nests === 0 ? t('limits.quota.none') : t('limits.quota', { count: nests })}
              </p>
              <Action
                word={t('limits.clear')}
                describedBy={`operator-quota-${pubkey.slice(0, 12)}`}
                run={() => operator.clearQuota(pubkey)}
              />
            </li>
          ))}
        </ul>
      )}
      <div class={css.form}>
        <Field
          label={t('limits.key')}
          placeholder="npub1…"
          value={key.value}
          onValue={(value) => {
            key.value = value;
          }}
          max={100}
        />
        <Field
          label={t('limits.number')}
          value={number.value}
          onValue={(value) => {
            number.value = value;
          }}
          max={6}
        />
        <div class={css.row}>
          <Action word={t('limits.set')} disabled={key.value.trim() === '' || nests === null} run={run} />
        </div>
      </div>
    </>
  );
}
