import { useSignal } from '@preact/signals';
import { CalendarPlus, Plus } from 'lucide';
import type { ComponentChildren } from 'preact';
import type { Failure } from '../../lib/errors.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { type Result, refused } from '../../lib/result.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Notice } from '../../ui/Notice.tsx';
import css from './CreateForm.module.css';
import type { Draft } from './draft.ts';

interface Props {
  draft: Draft;
  onCreate: () => Promise<Result<unknown>>;
  onReach: () => void;
  diagnostics: ComponentChildren; // shown where the create failed
  keyNote: string;
  fields?: ComponentChildren; // all fields; without them the form shows the title and a link to the full form
}

export function CreateForm({ draft, onCreate, onReach, diagnostics, keyNote, fields }: Props) {
  const busy = useSignal(false);
  const failed = useSignal<Failure | null>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy.value) return;
    if (!draft.check(Date.now())) {
      // Focus the first invalid field once the problems are rendered.
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    busy.value = true;
    failed.value = null;
    const without = await draft.picking.settled();
    const result = without ? refused(without) : await onCreate();
    busy.value = false;
    if (!result.ok) failed.value = result.failure;
  }

  return (
    <form class={css.form} onSubmit={submit} noValidate aria-labelledby="create-title">
      <h2 id="create-title">{t('create.heading')}</h2>
      {fields ?? (
        <Field
          label={t('create.title')}
          value={draft.fields.value.title}
          max={200}
          required
          placeholder={t('create.title.example')}
          problem={draft.problems.value.title && t(draft.problems.value.title)}
          onValue={(value) => draft.set('title', value)}
        />
      )}
      {failed.value && <Notice tone="bad" title={causeOf(failed.value)} text={hintOf(failed.value)} />}
      <Button type="submit" look="main" icon={Plus} disabled={busy.value} onReach={onReach}>
        {busy.value ? t('create.busy') : t('create.submit')}
      </Button>
      {!fields && (
        <a class={css.more} href="/new">
          <Icon icon={CalendarPlus} size={18} />
          <span>{t('create.more')}</span>
        </a>
      )}
      <p class={css.note}>{keyNote}</p>
      {failed.value && diagnostics}
    </form>
  );
}
