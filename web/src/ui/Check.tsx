import css from './Check.module.css';

// A yes or no with its words beside it; all of it is the hit area.
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
