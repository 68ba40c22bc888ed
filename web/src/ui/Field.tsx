import type { TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';
import css from './Field.module.css';

type OnInput = (event: TargetedInputEvent<HTMLInputElement>) => void;

// Props shared by the one-line and the multi-line field.
interface Shared {
  id: string;
  value: string;
  maxLength: number;
  required: boolean;
  placeholder: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
  autocomplete: string;
  dir: 'auto';
  class: string | undefined;
}

interface Props {
  label: string;
  value: string;
  onValue: (value: string) => void;
  max: number;
  required?: boolean;
  long?: boolean;
  kind?: 'text' | 'url' | 'password';
  autocomplete?: string;
  placeholder?: string;
  problem?: string | undefined;
  live?: boolean; // the problem appears without an action of the user, and is announced
}

// Not every attribute fits every type of input.
function Line({ kind, ...rest }: Shared & { kind: 'text' | 'url' | 'password'; onInput: OnInput }) {
  switch (kind) {
    case 'text':
      return <input {...rest} type="text" />;
    case 'url':
      return <input {...rest} type="url" />;
    case 'password':
      return <input {...rest} type="password" />;
  }
}

// A text field with its label. Screen readers read the problem together with the field.
export function Field({
  label,
  value,
  onValue,
  max,
  required,
  long,
  kind = 'text',
  autocomplete = 'off',
  placeholder,
  problem,
  live = false,
}: Props) {
  const id = useId();
  const shared: Shared = {
    id,
    value,
    maxLength: max,
    required: required ?? false,
    placeholder: placeholder ?? '',
    'aria-invalid': problem !== undefined,
    'aria-describedby': problem === undefined ? undefined : `${id}-problem`,
    autocomplete,
    dir: 'auto',
    class: css.input,
  };
  return (
    <div class={css.field}>
      <label for={id}>{label}</label>
      {long ? (
        <textarea {...shared} rows={3} onInput={(event) => onValue(event.currentTarget.value)} />
      ) : (
        <Line {...shared} kind={kind} onInput={(event) => onValue(event.currentTarget.value)} />
      )}
      <p id={`${id}-problem`} class={css.problem} aria-live={live ? 'polite' : undefined}>
        {problem}
      </p>
    </div>
  );
}
