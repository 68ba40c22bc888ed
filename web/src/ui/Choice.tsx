import { useId } from 'preact/hooks';
import css from './Choice.module.css';

interface Props<T extends string> {
  legend: string;
  options: readonly { value: T; word: string; hint?: string }[];
  value: T;
  onValue: (value: T) => void;
}

// A choice of one from a few options, which are all visible.
export function Choice<T extends string>({ legend, options, value, onValue }: Props<T>) {
  const name = useId();
  return (
    <fieldset class={css.choice}>
      <legend>{legend}</legend>
      <div class={css.options}>
        {options.map((option) => (
          <label key={option.value} class={css.option}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onValue(option.value)}
            />
            <span>
              <b>{option.word}</b>
              {option.hint && <small>{option.hint}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
