import { computed, effect, type ReadonlySignal } from '@preact/signals';
import { t } from '../../lib/i18n.ts';
import type { Live } from './live.ts';

// Newer than what TypeScript knows (Media Session, §MediaSessionAction).
type Action = MediaSessionAction | 'hangup' | 'togglemicrophone';

type Inside = Pick<
  Live,
  'phase' | 'info' | 'roles' | 'me' | 'micOn' | 'soundBlocked' | 'leave' | 'setMic' | 'startAudio'
>;

// showMediaSession shows the nest on the lock screen and in the browser's media controls, and handles the buttons there
// and on a headset. Call the returned function to stop it.
export function showMediaSession(
  live: Inside,
  named: (pubkey: string) => ReadonlySignal<{ name: string }>,
): () => void {
  const session = 'mediaSession' in navigator ? navigator.mediaSession : null;
  if (!session) return () => {};
  const inside = computed(() => live.phase.value.at === 'connected' || live.phase.value.at === 'reconnecting');
  const talks = computed(() => inside.value && live.me.value?.onStage === true);
  const host = computed(() => live.roles.value?.host ?? live.info.value?.host ?? '');
  // One computed each: the room changes all the time, and the media session only when one of these does.
  const title = computed(() => live.info.value?.title || t('nest.untitled'));
  const artist = computed(() => (inside.value && host.value !== '' ? named(host.value).value.name : ''));
  const image = computed(() => live.info.value?.image ?? '');

  const stops = [
    effect(() => {
      session.metadata = inside.value ? metadataOf(title.value, artist.value, image.value) : null;
    }),
    effect(() => {
      session.playbackState = !inside.value ? 'none' : live.soundBlocked.value ? 'paused' : 'playing';
    }),
    effect(() => {
      const leave = inside.value ? () => void live.leave() : null;
      on(session, 'hangup', leave);
      on(session, 'stop', leave);
      on(session, 'play', inside.value ? () => void live.startAudio() : null);
    }),
    effect(() => on(session, 'togglemicrophone', talks.value ? () => void live.setMic(!live.micOn.peek()) : null)),
    effect(() => showMic(session, talks.value && live.micOn.value)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function metadataOf(title: string, artist: string, image: string): MediaMetadata {
  const icon = { src: '/icon-512.png', sizes: '512x512', type: 'image/png' };
  return new MediaMetadata({
    title,
    artist,
    album: t('app.name'),
    artwork: image.startsWith('https://') ? [{ src: image }, icon] : [icon],
  });
}

// Browsers throw at actions they do not know.
function on(session: MediaSession, action: Action, handler: (() => void) | null): void {
  try {
    session.setActionHandler(action as MediaSessionAction, handler);
  } catch {
    // this browser has no such button
  }
}

function showMic(session: MediaSession, active: boolean): void {
  try {
    void Promise.resolve(session.setMicrophoneActive?.(active)).catch(() => undefined);
  } catch {
    // as above
  }
}
