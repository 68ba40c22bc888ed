import css from './Check.module.css';

// A checkbox with its label. Both are clickable.
export function Check(props: { word: string; checked: boolean; onChecked: (is: boolean) => void }) {
  return (
    <label class={css.check}>
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChecked(event.currentTarget.checked)}
      />
      <span>{props.word}</span>
    </label>
  );
}
