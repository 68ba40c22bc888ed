import { useId } from 'preact/hooks';
import css from './Field.module.css';

interface Props {
  label: string;
  value: string; // in the format of a datetime-local input
  min: string;
  onValue: (value: string) => void;
  note?: string; // shown below, such as the time zone
  problem?: string | undefined;
}

// A date and time, with the browser's picker.
export function TimeField({ label, value, min, onValue, note, problem }: Props) {
  const id = useId();
  return (
    <div class={css.field}>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        class={css.input}
        value={value}
        min={min}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-note ${id}-problem`}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <p id={`${id}-note`} class={css.note}>
        {note}
      </p>
      <p id={`${id}-problem`} class={css.problem}>
        {problem}
      </p>
    </div>
  );
}
