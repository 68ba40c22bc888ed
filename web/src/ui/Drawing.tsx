import css from './Drawing.module.css';

export type Scene = 'empty' | 'live' | 'asleep' | 'away' | 'storm' | 'offline' | 'shut';

// Drawings for the states of a page: a nest on a branch, in several scenes.
export function Drawing({ scene }: { scene: Scene }) {
  return (
    <svg class={css.drawing} viewBox="0 0 160 112" aria-hidden="true" focusable="false">
      {above[scene]}
      <path class={css.branch} d="M8 96c34-8 92-10 144 0M118 92c8-10 16-12 24-12" />
      <path class={css.leaf} d="M142 80c6-8 14-6 14-6s0 9-14 6zM20 92c-8-4-10-12-10-12s10-1 10 12z" />
      <path class={css.bowl} d="M40 64c0 22 17 32 40 32s40-10 40-32z" />
      <path
        class={css.twigs}
        d="M36 64h88M44 74c20 6 52 6 72 0M52 84c18 6 38 6 56 0M50 62l-8-8M112 62l9-7M66 62l-4-8"
      />
    </svg>
  );
}

const bird = (x: number, shut = false) => (
  <g transform={`translate(${x} 0)`} key={x}>
    <circle class={css.bird} cx="0" cy="52" r="13" />
    <path class={css.beak} d="M11 50l8 3-8 3z" />
    {shut ? <path class={css.eye} d="M2 49q3 3 6 0" /> : <circle class={css.pupil} cx="5" cy="48" r="2" />}
  </g>
);

const above: Record<Scene, preact.ComponentChildren> = {
  empty: null,
  live: (
    <>
      {bird(62)}
      {bird(94)}
      <path class={css.sound} d="M122 44c5 5 5 11 0 16M130 38c9 9 9 19 0 28" />
    </>
  ),
  asleep: (
    <>
      <path class={css.moon} d="M124 10a16 16 0 1 0 14 24 13 13 0 0 1-14-24z" />
      {bird(78, true)}
      <path class={css.sound} d="M96 30h8l-8 9h8M110 16h6l-6 7h6" />
    </>
  ),
  away: <path class={css.sound} d="M96 34q8-9 14 0 7-9 14 0M120 18q5-6 10 0 5-6 10 0" />,
  storm: (
    <>
      <path class={css.cloud} d="M52 40a13 13 0 0 1 2-26 18 18 0 0 1 34-2 14 14 0 0 1 18 28z" />
      <path class={css.bolt} d="M80 38l-8 13h9l-5 11" />
    </>
  ),
  offline: (
    <>
      <path class={css.sound} d="M52 26q28-24 56 0M62 38q18-15 36 0M72 50q8-6 16 0" />
      <path class={css.bolt} d="M58 54l44-42" />
    </>
  ),
  shut: (
    <>
      {bird(78)}
      <path class={css.sound} d="M58 22l40 0M64 12l28 0" />
    </>
  ),
};
