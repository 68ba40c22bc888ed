import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { tintOf } from '../../ui/tints.ts';
import { Connected } from './Connected.tsx';
import { Joining } from './Joining.tsx';
import type { Phase } from './live.ts';
import { NotConnected } from './NotConnected.tsx';
import type { NestProps } from './props.ts';
import { Waiting } from './Waiting.tsx';

// The page of a nest, in one of its states. live.ts owns the connection, so leaving this page does not leave the nest.
export function NestView(props: NestProps) {
  const { route, live, preview } = props;
  const rejoinAs = useSignal(live.rememberedAs(route.address.id));
  const isHere = useComputed(() => live.route.value?.address.id === route.address.id);

  useLayoutEffect(() => {
    // Forget how an earlier visit ended: the host may have opened the nest again. A browser without WebRTC has not
    // changed.
    if (isHere.value && isOver(live.phase.value) && live.hasWebRtc()) live.reset();
    if (isHere.value && live.phase.value.at !== 'out') return;
    void preview.refresh();
    // A reload joins again in the same way. The browser may need one tap before there is sound.
    if (rejoinAs.value) void props.enter(rejoinAs.value);
    rejoinAs.value = null;
  }, [route.address.id]);

  // The button that was pressed disappears with its state, so the focus moves to the title of the next one.
  const root = useRef<HTMLDivElement>(null);
  const shape = isHere.value ? live.phase.value.at.replace('reconnecting', 'connected') : 'out';
  const before = useRef(shape);
  useEffect(() => {
    if (before.current === shape) return;
    before.current = shape;
    const title = root.current?.querySelector('h1');
    title?.setAttribute('tabindex', '-1');
    title?.focus({ preventScroll: true });
  }, [shape]);

  // The page is tinted in the nest's colour as soon as it is known.
  const state = preview.state.value;
  const color = live.infoOf(route.address.id)?.color ?? (state.at === 'shown' ? state.info.color : undefined);
  const tint = tintOf(color, route.address.id);
  useEffect(() => {
    document.documentElement.style.setProperty('--tint', tint);
    return () => document.documentElement.style.removeProperty('--tint');
  }, [tint]);
  return <div ref={root}>{content(props, isHere.value)}</div>;
}

const isOver = ({ at }: Phase) => at === 'left' || at === 'removed' || at === 'failed';

function content(props: NestProps, isHere: boolean) {
  const { live } = props;
  const phase = isHere ? live.phase.value : ({ at: 'out' } as const);
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
