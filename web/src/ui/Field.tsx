import { useId } from 'preact/hooks';
import css from './Field.module.css';

interface Props {
  label: string;
  value: string;
  onValue: (value: string) => void;
  max: number;
  required?: boolean;
  long?: boolean;
  placeholder?: string;
  problem?: string | undefined;
}

// One line or several of text with its label; the problem is read with the field.
export function Field({ label, value, onValue, max, required, long, placeholder, problem }: Props) {
  const id = useId();
  const shared = {
    id,
    value,
    maxLength: max,
    required: required ?? false,
    placeholder: placeholder ?? '',
    'aria-invalid': problem !== undefined,
    'aria-describedby': problem === undefined ? undefined : `${id}-problem`,
    autocomplete: 'off',
    dir: 'auto' as const,
    class: css.input,
  };
  return (
    <div class={css.field}>
      <label for={id}>{label}</label>
      {long ? (
        <textarea {...shared} rows={3} onInput={(event) => onValue(event.currentTarget.value)} />
      ) : (
        <input {...shared} type="text" onInput={(event) => onValue(event.currentTarget.value)} />
      )}
      <p id={`${id}-problem`} class={css.problem}>
        {problem}
      </p>
    </div>
  );
}
