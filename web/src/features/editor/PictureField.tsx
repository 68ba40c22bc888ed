import { ImagePlus, RotateCcw, X } from 'lucide';
import { useRef } from 'preact/hooks';
import type { Failure } from '../../lib/errors.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Picture } from '../../ui/Picture.tsx';
import type { Draft } from './draft.ts';
import css from './PictureField.module.css';

// PictureField takes the picture of a nest: an address, or a file that is chosen, dropped or pasted.
export function PictureField({ draft, problem }: { draft: Draft; problem: string | undefined }) {
  const files = useRef<HTMLInputElement>(null);
  const row = useRef<HTMLDivElement>(null);
  const { picking } = draft;
  const state = picking.state.value;
  const { image } = draft.fields.value;
  const take = (list: FileList | null | undefined): boolean => {
    const file = list?.[0];
    if (file) picking.pick(file);
    return file !== undefined;
  };
  const write = (value: string) => {
    picking.forget();
    draft.set('image', value);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping and pasting are shortcuts to the button
    <div
      class={css.field}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes('Files')) event.preventDefault(); // allow the drop
      }}
      onDrop={(event) => {
        if (take(event.dataTransfer?.files)) event.preventDefault();
      }}
      onPaste={(event) => {
        if (take(event.clipboardData?.files)) event.preventDefault();
      }}
    >
      <Field
        label={t('create.image')}
        kind="url"
        value={image}
        max={2000}
        placeholder="https://"
        problem={state.at === 'failed' ? uploadProblem(state.failure) : problem}
        live
        onValue={write}
      />
      <div class={css.row} ref={row}>
        {image !== '' && <Picture src={image} class={css.picture ?? ''} />}
        <Button icon={ImagePlus} onClick={() => files.current?.click()}>
          {image === '' ? t('picture.choose') : t('picture.other')}
        </Button>
        {state.at === 'failed' && state.failure.retry !== 'never' && (
          <Button look="quiet" icon={RotateCcw} onClick={() => picking.pick(state.file)}>
            {t('picture.again')}
          </Button>
        )}
        {(image !== '' || state.at === 'sending') && (
          <Button
            look="quiet"
            icon={X}
            onClick={() => {
              write('');
              row.current?.querySelector('button')?.focus(); // this button disappears
            }}
          >
            {t('picture.remove')}
          </Button>
        )}
        <p class={css.status} role="status">
          {state.at === 'sending' && t('picture.sending')}
          {state.at === 'sent' && t('picture.sent')}
        </p>
      </div>
      <input
        ref={files}
        hidden
        type="file"
        accept="image/jpeg,image/png,image/webp,image/gif"
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = ''; // allow choosing the same file again
        }}
      />
    </div>
  );
}

// uploadProblem returns the cause and the remedy in one line. For a temporary failure the remedy is to try again,
// whatever its hint says.
function uploadProblem(failure: Failure): string {
  return `${causeOf(failure).replace(/\.$/, '')}. ${failure.retry === 'later' ? t('picture.later') : hintOf(failure)}`;
}
