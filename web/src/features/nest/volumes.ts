import { signal } from '@preact/signals';
import type { Room } from 'livekit-client';

// The volume that the user chose for each person, from 0 to 1. It is kept as long as the page.
export function createVolumes() {
  const wanted = signal<ReadonlyMap<string, number>>(new Map());
  return {
    wanted,
    set(identity: string, volume: number): void {
      wanted.value = new Map(wanted.peek()).set(identity, volume);
    },
    // apply is called whenever there may be a new voice.
    apply(room: Room): void {
      for (const [identity, volume] of wanted.peek()) room.remoteParticipants.get(identity)?.setVolume(volume);
    },
  };
}
