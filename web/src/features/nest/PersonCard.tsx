import { useSignal } from '@preact/signals';
import { Armchair, Ban, Hand, Mic, MicOff, Shield, ShieldOff, UserMinus, Volume2 } from 'lucide';
import { useId } from 'preact/hooks';
import { type Key, t } from '../../lib/i18n.ts';
import { npub } from '../../nostr/link.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import type { Live } from './live.ts';
import css from './PersonCard.module.css';
import type { Participant } from './participants.ts';
import type { Moderate, Parts } from './props.ts';
import { type Right, rightsOver } from './rights.ts';

interface Props {
  identity: string;
  live: Live;
  moderate: Moderate;
  profile: Parts['profile'];
  onClose: () => void;
}

// PersonCard shows one person's profile and the actions the user may take. If the person leaves, the card stays open
// with their last known data, says that they left and hides the actions.
export function PersonCard({ identity, live, moderate, profile, onClose }: Props) {
  const participant = live.participants.value.find((p) => p.identity === identity);
  const last = useSignal(participant);
  if (participant) last.value = participant;
  const shown = participant ?? last.peek();
  if (!shown) return null;
  return (
    <Dialog title={<Name id={shown.pubkey ?? identity} />} onClose={onClose}>
      <div class={css.who}>
        <Face id={shown.pubkey ?? identity} size={88} />
        <p>
          {participant ? stateOf(participant) : t('card.gone')}
          {shown.pubkey && <code class={css.key}>{npub(shown.pubkey)}</code>}
        </p>
      </div>
      {profile(shown)}
      {participant && !participant.me && participant.onStage && <Volume live={live} participant={participant} />}
      {participant && <Actions participant={participant} live={live} moderate={moderate} onDone={onClose} />}
    </Dialog>
  );
}

// How loud this person is for this user only. Hidden where the browser does not let a page set it (iOS).
function Volume({ live, participant }: { live: Live; participant: Participant }) {
  const id = useId();
  if (!canSetVolume()) return null;
  const volume = live.volumes.value.get(participant.identity) ?? 1;
  return (
    <label class={css.volume} for={id}>
      <Icon icon={Volume2} />
      <span>{t('card.volume')}</span>
      <input
        id={id}
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={volume}
        aria-valuetext={`${Math.round(volume * 100)} %`}
        onInput={(event) => live.setVolume(participant.identity, Number(event.currentTarget.value))}
      />
    </label>
  );
}

// canSetVolume reports whether this browser lets a page set the volume of audio; iOS does not.
function canSetVolume(): boolean {
  const audio = document.createElement('audio');
  audio.volume = 0.5;
  return audio.volume === 0.5;
}

// stateOf returns the role, the region and whether the microphone is off, in one line.
function stateOf(participant: Participant): string {
  const role = participant.role === 'member' ? null : t(`role.${participant.role}`);
  const region = participant.onStage ? t('region.stage') : t('region.audience');
  const guest = participant.pubkey === null ? t('card.guest') : null;
  return [role, guest, region, participant.muted ? t('person.muted') : null]
    .filter((part) => part !== null)
    .join(' · ');
}

const buttons: Record<Right, { icon: typeof Mic; word: Key; danger?: true }> = {
  invite: { icon: Mic, word: 'action.invite' },
  moveDown: { icon: Armchair, word: 'action.moveDown' },
  mute: { icon: MicOff, word: 'action.muteThem' },
  lowerHand: { icon: Hand, word: 'action.lowerHand' },
  makeModerator: { icon: Shield, word: 'action.makeModerator' },
  unmakeModerator: { icon: ShieldOff, word: 'action.unmakeModerator' },
  remove: { icon: UserMinus, word: 'action.remove', danger: true },
  ban: { icon: Ban, word: 'action.ban', danger: true },
};

function Actions(props: { participant: Participant; live: Live; moderate: Moderate; onDone: () => void }) {
  const { participant, live, moderate, onDone } = props;
  const busy = useSignal(false);
  const banning = useSignal(false);
  const rights = rightsOver(participant, live.me.value);
  if (rights.length === 0) return null;

  async function act(right: Right): Promise<void> {
    busy.value = true;
    const done = await applyRight(moderate, participant, right);
    busy.value = false;
    if (done.ok) onDone(); // otherwise the page shows the refusal, and the card stays open
  }

  if (banning.value) {
    return (
      <div class={css.sure}>
        <p role="alert">{t('card.ban.sure')}</p>
        <Button look="danger" icon={Ban} disabled={busy.value} onClick={() => void act('ban')}>
          {t('card.ban.yes')}
        </Button>
        <Button
          onClick={() => {
            banning.value = false;
          }}
        >
          {t('action.cancel')}
        </Button>
      </div>
    );
  }
  return (
    <div class={css.actions}>
      {rights.map((right) => {
        const { icon, word, danger } = buttons[right];
        const ask = () => {
          if (right === 'ban') banning.value = true;
          else void act(right);
        };
        return (
          <Button key={right} icon={icon} look={danger ? 'danger' : 'plain'} disabled={busy.value} onClick={ask}>
            {right === 'invite' && participant.me ? t('action.takeStage') : t(word)}
          </Button>
        );
      })}
    </div>
  );
}

// applyRight calls the moderation action that a right allows.
function applyRight(moderate: Moderate, participant: Participant, right: Right) {
  switch (right) {
    case 'invite':
      return moderate.invite(participant);
    case 'moveDown':
      return moderate.moveDown(participant);
    case 'mute':
      return moderate.mute(participant);
    case 'lowerHand':
      return moderate.lowerHand(participant);
    case 'makeModerator':
      return moderate.setModerator(participant, true);
    case 'unmakeModerator':
      return moderate.setModerator(participant, false);
    case 'remove':
      return moderate.remove(participant);
    case 'ban':
      return moderate.ban(participant);
  }
}
