import { useSignal } from '@preact/signals';
import { AudioLines, Ear, Square, Volume2 } from 'lucide';
import { useEffect, useMemo } from 'preact/hooks';
import type { Failure } from '../../lib/errors.ts';
import { causeOf, hintOf } from '../../lib/failureText.ts';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Select } from '../../ui/Select.tsx';
import css from './SoundSettings.module.css';
import { canChooseOutput, type Device, type Sound } from './sound.ts';
import { createSoundTest } from './soundTest.ts';

// SoundSettings offers the devices, and a microphone test that nobody else hears.
export function SoundSettings({ sound }: { sound: Sound }) {
  const failed = useSignal<Failure | null>(null);
  const probe = useMemo(() => createSoundTest(sound), [sound]);
  useEffect(() => {
    void sound.refresh();
    const again = () => void sound.refresh();
    navigator.mediaDevices?.addEventListener('devicechange', again);
    return () => {
      navigator.mediaDevices?.removeEventListener('devicechange', again);
      probe.close();
    };
  }, [sound, probe]);

  async function toggle(): Promise<void> {
    failed.value = null;
    if (probe.testing.value) return probe.endTest();
    const done = await probe.test();
    if (!done.ok) failed.value = done.failure;
  }

  return (
    <div class={css.sound}>
      <Choose
        label={t('sound.mic')}
        devices={sound.mics.value}
        value={sound.mic.value}
        choose={(id) => sound.choose('mic', id)}
      />
      <div class={css.test}>
        <Button icon={probe.testing.value ? Square : AudioLines} onClick={() => void toggle()}>
          {probe.testing.value ? t('sound.test.end') : t('sound.test')}
        </Button>
        <Button
          icon={Ear}
          disabled={!probe.testing.value || probe.sample.value !== 'none'}
          onClick={() => void probe.echo()}
        >
          {t(`sound.echo.${probe.sample.value}`)}
        </Button>
        <Level level={probe.level.value} />
      </div>
      {failed.value && <Notice tone="bad" title={causeOf(failed.value)} text={hintOf(failed.value)} />}
      <Check word={t('sound.clean')} checked={sound.cleaned.value} onChecked={sound.clean} />
      {canChooseOutput() && (
        <Choose
          label={t('sound.output')}
          devices={sound.outputs.value}
          value={sound.output.value}
          choose={(id) => sound.choose('output', id)}
        />
      )}
      <div class={css.test}>
        <Button icon={Volume2} disabled={probe.sounding.value} onClick={() => void probe.tone()}>
          {t(probe.sounding.value ? 'sound.tone.now' : 'sound.tone')}
        </Button>
      </div>
    </div>
  );
}

function Choose(props: { label: string; devices: Device[]; value: string; choose: (id: string) => void }) {
  const there = props.devices.some((device) => device.id === props.value);
  const devices = props.devices.map(({ id, name }, index) => ({
    value: id,
    word: name || t('sound.unnamed', { number: index + 1 }),
  }));
  return (
    <Select
      label={props.label}
      value={there ? props.value : ''}
      onValue={props.choose}
      options={[{ value: '', word: t('sound.default') }, ...devices]}
    />
  );
}

function Level({ level }: { level: number }) {
  return (
    <meter class={css.level} aria-label={t('sound.level')} min={0} max={1} value={level}>
      {Math.round(level * 100)} %
    </meter>
  );
}
