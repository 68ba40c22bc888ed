import { useEffect, useMemo } from 'preact/hooks';
import { ChatButton } from '../features/chat/ChatButton.tsx';
import { ChatPanel } from '../features/chat/ChatPanel.tsx';
import { EditNest, SignatureOwed } from '../features/editor/EditNest.tsx';
import { createEditor } from '../features/editor/edit.ts';
import { AccessDialog } from '../features/moderation/AccessDialog.tsx';
import { createAccess } from '../features/moderation/access.ts';
import { Banned } from '../features/moderation/Banned.tsx';
import { createBans } from '../features/moderation/bans.ts';
import { Floating } from '../features/reactions/Floating.tsx';
import { ReactButton } from '../features/reactions/ReactButton.tsx';
import type { As } from '../features/room/join.ts';
import type { Place } from '../features/room/live.ts';
import type { Person } from '../features/room/people.ts';
import { createPreview } from '../features/room/preview.ts';
import type { Moderate } from '../features/room/props.ts';
import { RoomPage } from '../features/room/RoomPage.tsx';
import { postNote } from '../features/share/note.ts';
import { Share } from '../features/share/Share.tsx';
import { causeOf } from '../lib/failureText.ts';
import { t } from '../lib/i18n.ts';
import { ok, type Result } from '../lib/result.ts';
import { type Address, addressOf, spaceCoordinate } from '../nostr/link.ts';
import { StateCard } from '../ui/StateCard.tsx';
import { AboutPerson } from './AboutPerson.tsx';
import { AfterShow } from './AfterShow.tsx';
import { keyNote } from './keyNote.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { SoundDialog } from './SoundDialog.tsx';
import { useServices } from './services.ts';

export function NestByAddress({ address }: { address: string }) {
  const place = useMemo(() => placeOf(addressOf(address), `/${address}`), [address]);
  return place ? <NestPage key={place.address.id} place={place} /> : <NotFound address={address} />;
}

export function NestById({ id }: { id: string }) {
  const place = useMemo(() => placeOf({ id }, `/n/${id}`), [id]);
  return place ? <NestPage key={id} place={place} /> : <NotFound address={id} />;
}

const placeOf = (address: Address | null, path: string): Place | null => address && { address, path };

export function NotFound({ address = null }: { address?: string | null }) {
  return (
    <StateCard
      scene="empty"
      level={1}
      title={t('page.notFound')}
      text={t('page.notFound.text')}
      actions={<a href="/">{t('page.home')}</a>}
    >
      <RunDiagnostics nest={address === null ? null : { id: address }} />
    </StateCard>
  );
}

// NestPage hands the room its parts from the other features.
function NestPage({ place }: { place: Place }) {
  const { api, session, relay, login, live, invites, invitation, chat, reactions, moderation, toasts } = useServices();
  const { id } = place.address;
  const preview = useMemo(() => createPreview(() => live.look(id)), [live, id]);
  useMemo(() => {
    if (invites.take(id, location.search)) history.replaceState(history.state, '', location.pathname);
  }, [invites, id]);
  const access = useMemo(() => createAccess(moderation, id, place.path), [moderation, id, place.path]);
  const bans = useMemo(() => createBans(moderation, id), [moderation, id]);
  const editor = useMemo(() => createEditor(api, session, relay, id), [api, session, relay, id]);
  const info = live.infoOf(id);
  const hostOf = () => info?.host ?? place.address.host ?? '';
  const coordinate = () => spaceCoordinate(hostOf(), id);
  const mine = session.user.value !== null && session.user.value.pubkey === hostOf();
  const saved = () => {
    toasts.show(t('edit.saved'), { tone: 'good' });
    void live.relook();
  };
  const title = info?.title;
  useEffect(() => {
    document.title = title ? `${title} – ${t('app.name')}` : t('app.name');
  }, [title]);

  async function enter(as: As): Promise<void> {
    // No key is made for somebody who cannot come in.
    if (as === 'member' && live.carriesVoices()) {
      const user = await session.ensure();
      if (!user.ok) return live.turnAway(place, user.failure);
    }
    await live.enter(place, as);
  }

  // asMember makes a member of a guest who taps what needs a key: the login is a sheet, and the sound goes on.
  async function asMember(): Promise<void> {
    if (live.as.value === 'member' || !(session.user.value || (await login.ask()))) return;
    const done = await live.become();
    if (!done.ok) toasts.show(causeOf(done.failure), { tone: 'bad' });
  }

  const told = async (ask: Promise<Result<unknown>>): Promise<Result<unknown>> => {
    const answer = await ask;
    if (!answer.ok) toasts.show(causeOf(answer.failure), { tone: 'bad' });
    return answer;
  };

  // react completes what a guest began: the login is a sheet, and the emoji goes out after it.
  async function react(emoji: string): Promise<void> {
    await asMember();
    if (live.as.value === 'member') await told(reactions.send(emoji));
  }

  const moderate: Moderate = {
    invite: async (person) => {
      if (person.me) invitation.myself(true);
      const answer = await told(moderation.inviteToStage(id, keyOf(person)));
      if (person.me && !answer.ok) invitation.myself(false);
      return answer;
    },
    moveDown: (person) => told(moderation.moveToAudience(id, keyOf(person))),
    mute: (person) => told(moderation.mute(id, keyOf(person))),
    muteAll: () => told(moderation.muteAll(id)),
    raiseHand: async () => {
      await asMember();
      return live.as.value === 'member' ? told(moderation.hand(id, true)) : ok(null);
    },
    lowerHand: (person) => told(moderation.hand(id, false, person.me ? undefined : keyOf(person))),
    setModerator: (person, is) => told(moderation.setModerator(id, keyOf(person), is)),
    remove: (person) => told(moderation.remove(id, person.pubkey ?? person.identity)),
    ban: (person) => told(moderation.ban(id, person.pubkey ?? person.identity)),
    end: () => told(moderation.end(id)),
    close: () => told(moderation.close(id)),
    goLive: async () => {
      const answer = await told(moderation.restart(id, false));
      if (answer.ok) await live.relook();
    },
    restart: async () => {
      const inside = live.phase.value.at === 'connected';
      const answer = await told(moderation.restart(id, inside));
      if (!answer.ok) return;
      toasts.show(t('announce.restarted'), { tone: 'good' });
      if (!inside) await enter('member');
    },
  };

  return (
    <RoomPage
      place={place}
      live={live}
      invitation={invitation}
      user={session.user.value}
      preview={preview}
      enter={enter}
      moderate={moderate}
      diagnostics={<RunDiagnostics nest={place.address} restored={() => void preview.refresh()} />}
      share={
        <Share
          id={id}
          path={place.path}
          info={info}
          said={(text) => toasts.show(text)}
          post={(text) => postNote(text, coordinate(), session, relay)}
        />
      }
      soundSettings={<SoundDialog />}
      about={({ pubkey, me }) => pubkey && <AboutPerson pubkey={pubkey} coordinate={coordinate()} me={me} />}
      edit={mine && info && <EditNest info={info} editor={editor} done={saved} />}
      owed={
        mine &&
        info?.signature_owed && (
          <SignatureOwed text={t('owed.differs')} sign={() => editor.settle(info)} done={() => void live.relook()} />
        )
      }
      over={(host) => <AfterShow host={host} editor={editor} done={() => void preview.refresh()} reset={live.reset} />}
      chat={
        <ChatPanel
          chat={chat}
          roles={live.roles.value}
          mayWrite={live.as.value === 'member' && session.user.value !== null}
          withKey={() => void asMember()}
        />
      }
      chatButton={<ChatButton chat={chat} />}
      react={<ReactButton reactions={reactions} react={react} />}
      floats={({ pubkey }) => pubkey && <Floating reactions={reactions} pubkey={pubkey} />}
      banned={<Banned bans={bans} />}
      letIn={info?.access === 'private' && <AccessDialog access={access} onMessage={(text) => toasts.show(text)} />}
      keyNote={keyNote(session.user.value)}
    />
  );
}

// Only people with a key are asked about; the server refuses an empty one.
const keyOf = (person: Person): string => person.pubkey ?? '';
