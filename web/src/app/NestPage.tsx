import { useEffect, useMemo } from 'preact/hooks';
import { ChatButton } from '../features/chat/ChatButton.tsx';
import { ChatPanel } from '../features/chat/ChatPanel.tsx';
import { EditNest, SignatureOwed } from '../features/editor/EditNest.tsx';
import { createEditor } from '../features/editor/edit.ts';
import { AccessDialog } from '../features/moderation/AccessDialog.tsx';
import { createAccess } from '../features/moderation/access.ts';
import { Banned } from '../features/moderation/Banned.tsx';
import { createBans } from '../features/moderation/bans.ts';
import type { As } from '../features/nest/join.ts';
import type { NestRoute } from '../features/nest/live.ts';
import { NestView } from '../features/nest/NestView.tsx';
import type { Participant } from '../features/nest/participants.ts';
import { createPreview } from '../features/nest/preview.ts';
import type { Moderate } from '../features/nest/props.ts';
import { Floating } from '../features/reactions/Floating.tsx';
import { ReactButton } from '../features/reactions/ReactButton.tsx';
import { postNote } from '../features/share/note.ts';
import { Share } from '../features/share/Share.tsx';
import { causeOf } from '../lib/failureText.ts';
import { t } from '../lib/i18n.ts';
import { ok, type Result } from '../lib/result.ts';
import { addressOf, spaceCoordinate } from '../nostr/link.ts';
import { StateCard } from '../ui/StateCard.tsx';
import { AboutPerson } from './AboutPerson.tsx';
import { AfterShow } from './AfterShow.tsx';
import { keyNote } from './keyNote.ts';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { SoundDialog } from './SoundDialog.tsx';
import { useServices } from './services.ts';

// The page of a nest at its naddr.
export function NestByAddress({ address }: { address: string }) {
  const route = useMemo(() => routeOf(address), [address]);
  return route ? <NestPage key={route.address.id} route={route} /> : <NotFound address={address} />;
}

// The page of a nest at /n/:id, for links that contain only the id.
export function NestById({ id }: { id: string }) {
  const route = useMemo((): NestRoute => ({ address: { id }, path: `/n/${id}` }), [id]);
  return <NestPage key={id} route={route} />;
}

function routeOf(naddr: string): NestRoute | null {
  const address = addressOf(naddr);
  return address && { address, path: `/${naddr}` };
}

// The page of an address that names no nest. Diagnostics checks the address as the id of a nest, if there is one.
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

// NestPage passes the parts of other features to the page of a nest.
function NestPage({ route }: { route: NestRoute }) {
  const { api, session, relay, login, live, invites, invitation, chat, reactions, moderation, toasts } = useServices();
  const { id } = route.address;
  const preview = useMemo(() => createPreview(() => live.fetchInfo(id)), [live, id]);
  useMemo(() => {
    if (invites.take(id, location.search)) history.replaceState(history.state, '', location.pathname);
  }, [invites, id]);
  const access = useMemo(() => createAccess(moderation, id, route.path), [moderation, id, route.path]);
  const bans = useMemo(() => createBans(moderation, id), [moderation, id]);
  const editor = useMemo(() => createEditor(api, session, relay, id), [api, session, relay, id]);
  const info = live.infoOf(id);
  const hostOf = () => info?.host ?? route.address.host ?? '';
  const coordinate = () => spaceCoordinate(hostOf(), id);
  const mine = session.user.value !== null && session.user.value.pubkey === hostOf();
  const message = (text: string) => toasts.show(text);
  const onSaved = () => {
    toasts.show(t('edit.saved'), { tone: 'good' });
    void live.refreshInfo();
  };
  const onScheduled = () => {
    live.reset();
    void preview.refresh();
  };
  const title = info?.title;
  useEffect(() => {
    document.title = title ? `${title} – ${t('app.name')}` : t('app.name');
  }, [title]);

  async function enter(as: As): Promise<void> {
    // No key is created for a user who cannot join.
    if (as === 'member' && live.hasWebRtc()) {
      const user = await session.ensure();
      if (!user.ok) return live.fail(route, user.failure);
    }
    await live.enter(route, as);
  }

  // becomeMember asks a guest for a key who used something that needs one. The sound goes on meanwhile.
  async function becomeMember(): Promise<void> {
    if (live.as.value === 'member' || !(session.user.value || (await login.ask()))) return;
    const done = await live.becomeMember();
    if (!done.ok) toasts.show(causeOf(done.failure), { tone: 'bad' });
  }

  const showFailure = async (ask: Promise<Result<unknown>>): Promise<Result<unknown>> => {
    const answer = await ask;
    if (!answer.ok) toasts.show(causeOf(answer.failure), { tone: 'bad' });
    return answer;
  };

  // react asks a guest for a key first, and then sends the emoji.
  async function react(emoji: string): Promise<void> {
    await becomeMember();
    if (live.as.value === 'member') await showFailure(reactions.send(emoji));
  }

  const moderate: Moderate = {
    invite: async (participant) => {
      if (participant.me) invitation.expectOwn(true);
      const answer = await showFailure(moderation.inviteToStage(id, keyOf(participant)));
      if (participant.me && !answer.ok) invitation.expectOwn(false);
      return answer;
    },
    moveDown: (participant) => showFailure(moderation.moveToAudience(id, keyOf(participant))),
    mute: (participant) => showFailure(moderation.mute(id, keyOf(participant))),
    muteAll: () => showFailure(moderation.muteAll(id)),
    raiseHand: async () => {
      await becomeMember();
      return live.as.value === 'member' ? showFailure(moderation.hand(id, true)) : ok(null);
    },
    lowerHand: (participant) =>
      showFailure(moderation.hand(id, false, participant.me ? undefined : keyOf(participant))),
    setModerator: (participant, is) => showFailure(moderation.setModerator(id, keyOf(participant), is)),
    remove: (participant) => showFailure(moderation.remove(id, participant.pubkey ?? participant.identity)),
    ban: (participant) => showFailure(moderation.ban(id, participant.pubkey ?? participant.identity)),
    end: () => showFailure(moderation.end(id)),
    close: () => showFailure(moderation.close(id)),
    goLive: async () => {
      const answer = await showFailure(moderation.restart(id, false));
      if (answer.ok) await live.refreshInfo();
    },
    restart: async () => {
      const inside = live.phase.value.at === 'connected';
      const answer = await showFailure(moderation.restart(id, inside));
      if (!answer.ok) return;
      toasts.show(t('announce.restarted'), { tone: 'good' });
      if (!inside) await enter('member');
    },
  };

  return (
    <NestView
      route={route}
      live={live}
      invitation={invitation}
      user={session.user.value}
      preview={preview}
      enter={enter}
      moderate={moderate}
      parts={{
        share: (
          <Share
            id={id}
            path={route.path}
            info={info}
            onMessage={message}
            post={(text) => postNote(text, coordinate(), session, relay)}
          />
        ),
        soundSettings: <SoundDialog />,
        diagnostics: <RunDiagnostics nest={route.address} onRestored={() => void preview.refresh()} />,
        keyNote: keyNote(session.user.value),
        chat: {
          panel: (
            <ChatPanel
              chat={chat}
              roles={live.roles.value}
              mayWrite={live.as.value === 'member' && session.user.value !== null}
              onLogin={() => void becomeMember()}
            />
          ),
          button: <ChatButton chat={chat} />,
        },
        reactions: {
          button: <ReactButton reactions={reactions} react={react} />,
          over: ({ pubkey }) => pubkey && <Floating reactions={reactions} pubkey={pubkey} />,
        },
        profile: ({ pubkey, me }) => pubkey && <AboutPerson pubkey={pubkey} coordinate={coordinate()} me={me} />,
        moderator: {
          access: info?.access === 'private' && <AccessDialog access={access} onMessage={message} />,
          bans: <Banned bans={bans} />,
        },
        host: {
          edit: mine && info && <EditNest info={info} editor={editor} onSaved={onSaved} />,
          signatureDue: mine && info?.signature_owed && (
            <SignatureOwed
              text={t('owed.differs')}
              sign={() => editor.signState(info)}
              onSigned={() => void live.refreshInfo()}
            />
          ),
          afterShow: (host) => <AfterShow host={host} editor={editor} onScheduled={onScheduled} />,
        },
      }}
    />
  );
}

// These actions are offered only for people with a key. The server refuses an empty one.
const keyOf = (participant: Participant): string => participant.pubkey ?? '';
