import { useId } from 'preact/hooks';
import css from './Select.module.css';

interface Props<T extends string> {
  label: string;
  options: readonly { value: T; word: string; lang?: string }[];
  value: T;
  onValue: (value: T) => void;
}

// A choice of one from many options, as a native select.
export function Select<T extends string>({ label, options, value, onValue }: Props<T>) {
  const id = useId();
  return (
    <div class={css.select}>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onValue(event.currentTarget.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} lang={option.lang}>
            {option.word}
          </option>
        ))}
      </select>
    </div>
  );
}
