import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { canKeepScreenOn } from '../features/nest/screen.ts';
import { SoundSettings } from '../features/settings/SoundSettings.tsx';
import { languages, t } from '../lib/i18n.ts';
import { Check } from '../ui/Check.tsx';
import { Choice } from '../ui/Choice.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Select } from '../ui/Select.tsx';
import { applyLanguage, choices, readLanguage } from './language.ts';
import css from './SettingsPage.module.css';
import { useServices } from './services.ts';
import { applyTheme, readTheme, themes } from './theme.ts';

// The settings of this device: sound, keyboard and appearance.
export function SettingsPage() {
  const { sound, shortcuts, screenOn, device } = useServices();
  const theme = useSignal(readTheme(device));
  const title = `${t('settings.heading')} – ${t('app.name')}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
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
      {canKeepScreenOn() && (
        <section aria-labelledby="settings-screen">
          <h2 id="settings-screen">{t('screen.heading')}</h2>
          <Check
            word={t('screen.on')}
            checked={screenOn.value}
            onChecked={(is) => {
              screenOn.value = is;
            }}
          />
          <p class={css.note}>{t('screen.stage')}</p>
        </section>
      )}
      <section>
        <ChooseLanguage />
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

function ChooseLanguage() {
  const { device } = useServices();
  const choice = useSignal(readLanguage(device));
  const failed = useSignal(false);
  return (
    <>
      <Select
        label={t('language.label')}
        value={choice.value}
        onValue={async (value) => {
          choice.value = value;
          failed.value = false;
          failed.value = !(await applyLanguage(value, device));
        }}
        options={choices.map((value) =>
          value === 'system' ? { value, word: t('language.system') } : { value, word: languages[value], lang: value },
        )}
      />
      {failed.value && <Notice tone="bad" title={t('language.failed')} />}
    </>
  );
}
