import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { SoundSettings } from '../features/settings/SoundSettings.tsx';
import { t } from '../lib/i18n.ts';
import { Check } from '../ui/Check.tsx';
import { Choice } from '../ui/Choice.tsx';
import css from './SettingsPage.module.css';
import { useServices } from './services.ts';
import { applyTheme, readTheme, themes } from './theme.ts';

// What this device remembers: sound, keys and look.
export function SettingsPage() {
  const { sound, shortcuts, device } = useServices();
  const theme = useSignal(readTheme(device));
  useEffect(() => {
    document.title = `${t('settings.heading')} – ${t('app.name')}`;
  }, []);
  return (
    <div class={css.page}>
      <h1>{t('settings.heading')}</h1>
      <section aria-labelledby="settings-sound">
        <h2 id="settings-sound">{t('settings.sound')}</h2>
        <SoundSettings sound={sound} />
      </section>
      <section aria-labelledby="settings-keys">
        <h2 id="settings-keys">{t('settings.keys')}</h2>
        <Check
          word={t('settings.keys.on')}
          checked={shortcuts.value}
          onChecked={(is) => {
            shortcuts.value = is;
          }}
        />
        <dl>
          <div>
            <dt>
              <kbd>M</kbd>
            </dt>
            <dd>{t('settings.keys.mic')}</dd>
          </div>
          <div>
            <dt>
              <kbd>{t('settings.keys.space')}</kbd>
            </dt>
            <dd>{t('settings.keys.talk')}</dd>
          </div>
        </dl>
      </section>
      <section aria-label={t('theme.label')}>
        <Choice
          legend={t('theme.label')}
          value={theme.value}
          onValue={(value) => {
            theme.value = value;
            applyTheme(value, device);
          }}
          options={themes.map((value) => ({ value, word: t(`theme.${value}`) }))}
        />
      </section>
      <p>
        <a class="hit" href="/status">
          {t('health.heading')}
        </a>
      </p>
    </div>
  );
}
