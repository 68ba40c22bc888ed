import { useSignal } from '@preact/signals';
import { Plus } from 'lucide';
import type { ComponentChildren } from 'preact';
import type { Failure } from '../../lib/errors.ts';
import { t } from '../../lib/i18n.ts';
import type { Result } from '../../lib/result.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Notice } from '../../ui/Notice.tsx';
import css from './CreateForm.module.css';
import type { Draft } from './create.ts';

interface Props {
  onCreate: (draft: Draft) => Promise<Result<unknown>>;
  onReach: () => void;
  diagnostics: ComponentChildren; // shown where the create failed
  keyNote: string;
}

export function CreateForm({ onCreate, onReach, diagnostics, keyNote }: Props) {
  const title = useSignal('');
  const summary = useSignal('');
  const guests = useSignal(true);
  const busy = useSignal(false);
  const untitled = useSignal(false);
  const failed = useSignal<Failure | null>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    untitled.value = title.value.trim() === '';
    if (untitled.value) return form.querySelector('input')?.focus();
    if (busy.value) return;
    busy.value = true;
    failed.value = null;
    const result = await onCreate({ title: title.value, summary: summary.value, guests: guests.value });
    busy.value = false;
    if (!result.ok) failed.value = result.failure;
  }

  return (
    <form class={css.form} onSubmit={submit} noValidate aria-labelledby="create-title">
      <h2 id="create-title">{t('create.heading')}</h2>
      <Field
        label={t('create.title')}
        value={title.value}
        max={200}
        required
        placeholder={t('create.title.example')}
        problem={untitled.value ? t('create.title.missing') : undefined}
        onValue={(value) => {
          title.value = value;
          untitled.value = false;
        }}
      />
      <Field label={t('create.summary')} value={summary.value} max={2000} long onValue={(v) => (summary.value = v)} />
      <label class={css.choice}>
        <input type="checkbox" checked={guests.value} onChange={(e) => (guests.value = e.currentTarget.checked)} />
        <span>{t('create.guests')}</span>
      </label>
      {failed.value && <Notice tone="bad" title={failed.value.cause} text={failed.value.hint} />}
      <Button type="submit" look="main" icon={Plus} disabled={busy.value} onReach={onReach}>
        {busy.value ? t('create.busy') : t('create.submit')}
      </Button>
      <p class={css.note}>{keyNote}</p>
      {failed.value && diagnostics}
    </form>
  );
}
