import { useEffect } from 'preact/hooks';
import { CreateForm } from '../features/editor/CreateForm.tsx';
import { hashtagsOf, startOf } from '../features/editor/draft.ts';
import { NestFields } from '../features/editor/NestFields.tsx';
import { NestCard } from '../features/lobby/NestCard.tsx';
import { t } from '../lib/i18n.ts';
import { pictureUrl } from '../lib/picture.ts';
import { useCreate } from './createNest.ts';
import { keyNote } from './keyNote.ts';
import css from './NewNestPage.module.css';
import { RunDiagnostics } from './RunDiagnostics.tsx';
import { useServices } from './services.ts';

// The form for a new nest, with a preview of its card in the lobby.
export function NewNestPage() {
  const services = useServices();
  const { session, live, draft } = services;
  const onCreate = useCreate(services);
  const fields = draft.fields.value;
  const host = session.user.value?.pubkey ?? '0'.repeat(64);
  const title = `${t('create.heading')} – ${t('app.name')}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div class={css.page}>
      <h1>{t('create.page')}</h1>
      <CreateForm
        fields={<NestFields draft={draft} />}
        draft={draft}
        onCreate={onCreate}
        onReach={live.preload}
        diagnostics={<RunDiagnostics />}
        keyNote={keyNote(session.user.value)}
      />
      <aside class={css.preview} aria-label={t('create.preview')}>
        <p>{t('create.preview')}</p>
        <ul inert>
          <NestCard
            nest={{
              roomId: 'preview',
              host,
              speakers: [host],
              admins: [host],
              link: '',
              recording: false,
              status: fields.later ? 'planned' : 'open',
              title: fields.title,
              summary: fields.summary,
              image: pictureUrl(fields.image),
              color: fields.color,
              hashtags: hashtagsOf(fields),
              access: fields.access,
              ...(fields.later && startOf(fields) > 0 ? { starts_at: startOf(fields) } : {}),
            }}
          />
        </ul>
      </aside>
    </div>
  );
}
