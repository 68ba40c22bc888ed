import { RotateCw } from 'lucide';
import { type Failure, isAway } from '../../lib/errors.ts';
import { causeOf, hintOf, isKnown } from '../../lib/failureText.ts';
import { known, t } from '../../lib/i18n.ts';
import { AwayCard } from '../../ui/AwayCard.tsx';
import { Button } from '../../ui/Button.tsx';
import type { Scene } from '../../ui/Drawing.tsx';
import { StateCard } from '../../ui/StateCard.tsx';
import { both, JoinButtons } from './JoinButtons.tsx';
import type { As } from './join.ts';
import type { Phase } from './live.ts';
import css from './Nest.module.css';
import { PreviewCard } from './PreviewCard.tsx';
import type { NestProps } from './props.ts';

type NotConnectedPhase = Exclude<Phase, { at: 'joining' | 'waiting' | 'connected' | 'reconnecting' }>;

// The page of a nest that the user is not connected to: before joining, after leaving, or refused. It states what
// happened and the next step.
export function NotConnected(props: NestProps & { phase: NotConnectedPhase }) {
  const { phase, preview } = props;
  switch (phase.at) {
    case 'out': {
      const state = preview.state.value;
      if (state.at !== 'failed') return <PreviewCard {...props} state={state} />;
      return <Refused {...props} failure={state.failure} offers={both} retry={preview.refresh} />;
    }
    case 'failed':
      return <Refused {...props} failure={phase.failure} offers={phase.offers} retry={() => enterAgain(props)} />;
    case 'left':
      return (
        <StateCard
          scene="away"
          level={1}
          title={t('state.left')}
          text={t('state.left.text')}
          actions={<JoinButtons {...props} />}
        >
          <div class={css.foot}>{props.parts.diagnostics}</div>
        </StateCard>
      );
    case 'removed':
      return (
        <StateCard
          scene="shut"
          level={1}
          urgent
          title={t('state.removed')}
          text={t('state.removed.text')}
          actions={<JoinButtons {...props} />}
        >
          <div class={css.foot}>{props.parts.diagnostics}</div>
        </StateCard>
      );
    case 'other-tab':
      return (
        <StateCard
          scene="away"
          level={1}
          urgent
          title={t('state.otherTab')}
          text={t('state.otherTab.text')}
          actions={
            <Button look="main" onClick={() => void props.enter(props.live.as.value)}>
              {t('action.useHere')}
            </Button>
          }
        >
          <div class={css.foot}>{props.parts.diagnostics}</div>
        </StateCard>
      );
  }
}

// enterAgain repeats an attempt that got no answer. The first request needs no signature.
async function enterAgain({ live, route, enter }: NestProps): Promise<boolean> {
  const known = await live.fetchInfo(route.address.id);
  if (!known.ok && isAway(known.failure)) return false;
  if (live.phase.peek().at === 'failed') void enter(live.as.peek());
  return true;
}

function Refused(props: NestProps & { failure: Failure; offers: As[]; retry: () => Promise<boolean> }) {
  const { failure, user, route, live } = props;
  if (isAway(failure)) {
    return (
      <AwayCard failure={failure} retry={props.retry} level={1}>
        <div class={css.foot}>{props.parts.diagnostics}</div>
      </AwayCard>
    );
  }
  const host = failure.host ?? live.infoOf(route.address.id)?.host ?? route.address.host;
  const mine = user !== null && user.pubkey === host;
  return (
    <StateCard
      scene={sceneOf(failure)}
      level={1}
      urgent
      title={isKnown(failure) ? causeOf(failure) : t('error.any')}
      text={textOf(failure)}
      hint={hintOf(failure)}
      fine={smallPrintOf(failure)}
      actions={
        <>
          {mine && canRestart(failure) && (
            <Button look="main" icon={RotateCw} onClick={() => void props.moderate.restart()}>
              {t('action.restart')}
            </Button>
          )}
          {mine && failure.code === 'nest_ended' && host && props.parts.host.afterShow(host)}
          {failure.code === 'no_webrtc' && props.parts.share}
          {failure.code !== 'nest_ended' && <JoinButtons {...props} />}
        </>
      }
    >
      <div class={css.foot}>{props.parts.diagnostics}</div>
    </StateCard>
  );
}

// canRestart reports whether the host can open the nest again after this failure.
const canRestart = ({ code }: Failure) =>
  code === 'nest_ended' || code === 'nest_not_found' || code === 'nest_not_started';

// sceneOf returns the drawing for a failure.
function sceneOf({ code, status }: Failure): Scene {
  if (code === 'nest_ended' || code === 'nest_not_started') return 'asleep';
  if (status === 404) return 'empty';
  return status === 401 || status === 403 ? 'shut' : 'storm';
}

// textOf returns the explanation below the title, or '' if the title says everything.
function textOf(failure: Failure): string {
  const { code, title } = failure;
  if (code === 'nest_ended') return title ? t('error.nest_ended.text', { title }) : '';
  return known(`error.${code}.text`) ?? (isKnown(failure) ? '' : causeOf(failure));
}

// smallPrintOf returns what a bug report needs: code, HTTP status and request id.
const smallPrintOf = ({ code, requestId, status }: Failure): string =>
  [code, status > 0 ? String(status) : '', requestId ?? ''].filter((part) => part !== '').join(' · ');
