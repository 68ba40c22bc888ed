import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { tintOf } from '../../ui/tints.ts';
import { Connected } from './Connected.tsx';
import { Joining } from './Joining.tsx';
import type { Phase } from './live.ts';
import { NotConnected } from './NotConnected.tsx';
import type { RoomProps } from './props.ts';
import { Waiting } from './Waiting.tsx';

// One page, one state at a time. What is connected lives in live.ts; leaving this page does not leave the nest.
export function RoomPage(props: RoomProps) {
  const { place, live, preview } = props;
  const returning = useSignal(live.rememberedAs(place.address.id));
  const here = useComputed(() => live.place.value?.address.id === place.address.id);

  useLayoutEffect(() => {
    // How it went the last time is not how it stands: its host may have opened it again. Only this browser is as it was.
    if (here.value && isOver(live.phase.value) && live.hasWebRtc()) live.reset();
    if (here.value && live.phase.value.at !== 'out') return;
    void preview.refresh();
    // A reload comes back by itself, the way it was: the browser may ask for one tap before there is sound.
    if (returning.value) void props.enter(returning.value);
    returning.value = null;
  }, [place.address.id]);

  // The button that was pressed goes with its state: the focus moves to the title of what came instead.
  const root = useRef<HTMLDivElement>(null);
  const shape = here.value ? live.phase.value.at.replace('reconnecting', 'connected') : 'out';
  const before = useRef(shape);
  useEffect(() => {
    if (before.current === shape) return;
    before.current = shape;
    const title = root.current?.querySelector('h1');
    title?.setAttribute('tabindex', '-1');
    title?.focus({ preventScroll: true });
  }, [shape]);

  // The nest's own colour lies over the page like light, from whatever is known of the nest.
  const state = preview.state.value;
  const color = live.infoOf(place.address.id)?.color ?? (state.at === 'shown' ? state.info.color : undefined);
  const tint = tintOf(color, place.address.id);
  useEffect(() => {
    document.documentElement.style.setProperty('--tint', tint);
    return () => document.documentElement.style.removeProperty('--tint');
  }, [tint]);
  return <div ref={root}>{content(props, here.value)}</div>;
}

const isOver = ({ at }: Phase) => at === 'left' || at === 'removed' || at === 'failed';

function content(props: RoomProps, here: boolean) {
  const { live } = props;
  const phase = here ? live.phase.value : ({ at: 'out' } as const);
  switch (phase.at) {
    case 'joining':
      return <Joining step={phase.step} title={live.info.value?.title} onLeave={() => void live.leave()} />;
    case 'waiting':
      return <Waiting {...props} startsAt={phase.startsAt} />;
    case 'connected':
    case 'reconnecting':
      return <Connected {...props} reconnecting={phase.at === 'reconnecting'} />;
    default:
      return <NotConnected {...props} phase={phase} />;
  }
}
