import { useSignal } from '@preact/signals';
import { MicOff, Power, RotateCw, Volume2 } from 'lucide';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Audience } from './Audience.tsx';
import { Backstage } from './Backstage.tsx';
import { Dock } from './Dock.tsx';
import { Hands } from './Hands.tsx';
import { Invited } from './Invited.tsx';
import css from './Nest.module.css';
import { PersonCard } from './PersonCard.tsx';
import type { Participant } from './participants.ts';
import type { NestProps } from './props.ts';
import { canModerate } from './rights.ts';
import { Stage } from './Stage.tsx';

// The page while the user is connected.
export function Connected(props: NestProps & { reconnecting: boolean }) {
  const { live, moderate, invitation, parts, reconnecting } = props;
  const chosen = useSignal<string | null>(null); // identity of the person whose card is open
  const choose = (participant: Participant) => {
    chosen.value = participant.identity;
  };
  const me = live.me.value;
  const host = me?.role === 'host';
  const status = reconnecting ? t('status.reconnecting') : t('status.connected');
  const info = live.info.value;
  return (
    <div class={css.page}>
      <header class={css.head}>
        <h1 dir="auto">{info?.title || t('nest.untitled')}</h1>
        <p class={`${css.status} ${reconnecting ? css.soft : css.good}`} role="status" aria-label={status}>
          {status}
        </p>
        <div class={css.share}>{parts.share}</div>
        {info?.summary && (
          <p class={css.summary} dir="auto">
            {info.summary}
          </p>
        )}
      </header>
      <Backstage live={live} moderate={moderate} />
      {parts.host.signatureDue}
      <Notices {...props} />
      <div class={css.columns} aria-busy={reconnecting}>
        <Stage live={live} onChoose={choose} overlay={parts.reactions.over} />
        <div class={css.side}>
          {canModerate(me) && <Hands live={live} moderate={moderate} />}
          {parts.chat.panel}
        </div>
        <Audience live={live} moderate={moderate} onChoose={choose} overlay={parts.reactions.over} />
      </div>
      {canModerate(me) && (
        <section class={css.tools} aria-label={host ? t('tools.heading') : t('tools.moderator')}>
          <Button icon={MicOff} onClick={() => void moderate.muteAll()}>
            {t('action.muteAll')}
          </Button>
          {parts.host.edit}
          {parts.moderator.access}
          {parts.moderator.bans}
          {host ? (
            <>
              <Button icon={RotateCw} onClick={() => void moderate.restart()}>
                {t('action.restart')}
              </Button>
              <Button icon={Power} look="danger" onClick={() => void moderate.end()}>
                {t('action.end')}
              </Button>
            </>
          ) : (
            <Button icon={Power} look="danger" onClick={() => void moderate.close()}>
              {t('action.end')}
            </Button>
          )}
        </section>
      )}
      <div class={css.foot}>
        {parts.soundSettings}
        {parts.diagnostics}
      </div>
      {invitation.open.value && me && <Invited invitation={invitation} onDecline={() => void moderate.moveDown(me)} />}
      <Dock
        live={live}
        invitation={invitation}
        moderate={moderate}
        chat={parts.chat.button}
        react={parts.reactions.button}
      />
      {chosen.value !== null && (
        <PersonCard
          key={chosen.value}
          identity={chosen.value}
          live={live}
          moderate={moderate}
          profile={parts.profile}
          onClose={() => {
            chosen.value = null;
          }}
        />
      )}
    </div>
  );
}

// Notices shows messages that need the user's attention, such as a tap to start the sound.
function Notices({ live, enter, user, parts }: NestProps) {
  const mic = live.micProblem.value;
  const fell = live.fellBack.value;
  const participants = live.participants.value;
  const hostAway =
    live.info.value?.status === 'active' && participants.length > 0 && !participants.some((p) => p.role === 'host');
  return (
    <>
      {hostAway && (
        <Notice
          title={t('host.away')}
          text={t(canModerate(live.me.value) ? 'host.away.moderator' : 'host.away.text')}
        />
      )}
      {live.soundBlocked.value && (
        <Notice
          title={t('sound.blocked')}
          text={t('sound.blocked.text')}
          actions={
            <Button look="main" icon={Volume2} onClick={() => void live.startAudio()}>
              {t('sound.hear')}
            </Button>
          }
        />
      )}
      {mic && (
        <Notice
          tone="bad"
          title={causeOf(mic)}
          text={hintOf(mic)}
          actions={mic.code === 'in_app_browser' ? parts.share : parts.soundSettings}
        />
      )}
      {fell && user && (
        <Notice
          title={t('guest.fallback')}
          text={causeOf(fell)}
          actions={<Button onClick={() => void enter('member')}>{t('guest.fallback.back')}</Button>}
        />
      )}
    </>
  );
}
