import { useLocation } from 'preact-iso';
import { t } from '../lib/i18n.ts';
import { Button } from '../ui/Button.tsx';
import css from './App.module.css';
import { useServices } from './services.ts';

// Shows the nest that the user is in while they browse other pages.
export function MiniPlayer() {
  const { live } = useServices();
  const { path, route } = useLocation();
  const nest = live.route.value;
  const inside = live.phase.value.at === 'connected' || live.phase.value.at === 'reconnecting';
  if (!nest || !inside || path === nest.path) return null;
  return (
    <aside class={css.mini} aria-label={t('mini.heading')}>
      <p dir="auto">{live.info.value?.title || t('nest.untitled')}</p>
      <Button look="main" onClick={() => route(nest.path)}>
        {t('mini.back')}
      </Button>
      <Button onClick={() => void live.leave()}>{t('action.leave')}</Button>
    </aside>
  );
}
