import { useSignal } from '@preact/signals';
import { Copy, KeyRound, Link, UserPlus } from 'lucide';
import type { Invite, Member } from '../../lib/api.ts';
import { when } from '../../lib/dates.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Choice.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Field } from '../../ui/Field.tsx';
import { Face, Name } from '../../ui/Identity.tsx';
import { Notice } from '../../ui/Notice.tsx';
import css from './AccessDialog.module.css';
import type { Access, Terms } from './access.ts';

interface Props {
  access: Access;
  onMessage: (text: string) => void;
}

// AccessDialog is the button and its dialog: invitations to a private nest, and the people with access.
export function AccessDialog({ access, onMessage }: Props) {
  const open = useSignal(false);
  function show(): void {
    open.value = true;
    void access.load();
  }
  return (
    <>
      <Button icon={KeyRound} onClick={show}>
        {t('action.letIn')}
      </Button>
      {open.value && (
        <Dialog
          title={t('letIn.heading')}
          onClose={() => {
            open.value = false;
          }}
        >
          <NewInvite access={access} onMessage={onMessage} />
          <List access={access} />
        </Dialog>
      )}
    </>
  );
}

function NewInvite({ access, onMessage }: Props) {
  const terms = useSignal<Terms>({ uses: 1, days: 7 });
  const link = useSignal('');
  const busy = useSignal(false);
  const failed = useSignal('');

  async function make(): Promise<void> {
    busy.value = true;
    const made = await access.invite(terms.value);
    busy.value = false;
    link.value = made.ok ? made.value : '';
    failed.value = made.ok ? '' : causeOf(made.failure);
    if (made.ok) await copy();
  }

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(link.value);
      onMessage(t('share.copied'));
    } catch {
      // the link is shown and can be copied by hand
    }
  }

  return (
    <div class={css.make}>
      <Choice
        legend={t('letIn.uses')}
        value={String(terms.value.uses)}
        onValue={(uses) => {
          terms.value = { ...terms.value, uses: Number(uses) as Terms['uses'] };
        }}
        options={[
          { value: '1', word: t('letIn.uses.one') },
          { value: '10', word: t('letIn.uses.ten') },
          { value: '0', word: t('letIn.uses.any') },
        ]}
      />
      <Choice
        legend={t('letIn.days')}
        value={String(terms.value.days)}
        onValue={(days) => {
          terms.value = { ...terms.value, days: Number(days) as Terms['days'] };
        }}
        options={[
          { value: '1', word: t('letIn.days.one') },
          { value: '7', word: t('letIn.days.week') },
          { value: '0', word: t('letIn.days.any') },
        ]}
      />
      {failed.value && <Notice tone="bad" title={failed.value} />}
      <Button look="main" icon={Link} disabled={busy.value} onClick={() => void make()}>
        {t('letIn.make')}
      </Button>
      {link.value && (
        <div class={css.link} role="status">
          <p>{t('letIn.once')}</p>
          <code>{link.value}</code>
          <Button icon={Copy} onClick={() => void copy()}>
            {t('letIn.copy')}
          </Button>
        </div>
      )}
    </div>
  );
}

function List({ access }: { access: Access }) {
  const state = access.state.value;
  if (state.at === 'loading') return <p role="status">{t('letIn.loading')}</p>;
  if (state.at === 'failed') {
    const again = <Button onClick={() => void access.load()}>{t('action.retry')}</Button>;
    return <Notice tone="bad" title={causeOf(state.failure)} text={hintOf(state.failure)} actions={again} />;
  }
  const placed = state.members.filter((member) => member.place);
  return (
    <>
      {state.invites.length > 0 && (
        <section class={css.part} aria-label={t('letIn.invites')}>
          <h3>{t('letIn.invites')}</h3>
          <ul>
            {state.invites.map((invite) => (
              <InviteRow key={invite.id} invite={invite} access={access} />
            ))}
          </ul>
        </section>
      )}
      <section class={css.part} aria-label={t('letIn.places')}>
        <h3>{t('letIn.places')}</h3>
        {placed.length === 0 ? (
          <p>{t('letIn.places.empty')}</p>
        ) : (
          <ul>
            {placed.map((member) => (
              <MemberRow key={member.pubkey} member={member} access={access} />
            ))}
          </ul>
        )}
        <Give access={access} />
      </section>
    </>
  );
}

function InviteRow({ invite, access }: { invite: Invite; access: Access }) {
  const busy = useSignal(false);
  const id = `invite-${invite.id.slice(0, 8)}`;
  return (
    <li>
      <p id={id}>
        <b>
          {invite.max_uses
            ? t('letIn.used', { uses: invite.uses, of: invite.max_uses })
            : t('letIn.used.any', { count: invite.uses })}
        </b>
        <small>
          {invite.expires_at
            ? t('letIn.expires', { time: when(invite.expires_at, 'medium') })
            : t('letIn.made', { time: when(invite.created_at, 'medium') })}
        </small>
      </p>
      <Button
        describedBy={id}
        disabled={busy.value}
        onClick={() => {
          busy.value = true;
          void access.revoke(invite);
        }}
      >
        {t('letIn.revoke')}
      </Button>
    </li>
  );
}

function MemberRow({ member, access }: { member: Member; access: Access }) {
  const busy = useSignal(false);
  const id = `place-${member.pubkey.slice(0, 12)}`;
  return (
    <li>
      <Face id={member.pubkey} size={44} />
      <p id={id}>
        <Name id={member.pubkey} />
      </p>
      <Button
        describedBy={id}
        disabled={busy.value}
        onClick={() => {
          busy.value = true;
          void access.take(member);
        }}
      >
        {t('letIn.take')}
      </Button>
    </li>
  );
}

function Give({ access }: { access: Access }) {
  const who = useSignal('');
  const unknown = useSignal(false);
  const busy = useSignal(false);
  async function give(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    busy.value = true;
    unknown.value = !(await access.give(who.value));
    busy.value = false;
    if (!unknown.value) who.value = '';
  }
  return (
    <form class={css.give} onSubmit={give} noValidate>
      <Field
        label={t('letIn.give')}
        value={who.value}
        max={2000}
        placeholder="npub1…"
        problem={unknown.value ? t('letIn.give.unknown') : undefined}
        onValue={(value) => {
          who.value = value;
          unknown.value = false;
        }}
      />
      <Button type="submit" icon={UserPlus} disabled={busy.value || who.value.trim() === ''}>
        {t('letIn.give.submit')}
      </Button>
    </form>
  );
}
