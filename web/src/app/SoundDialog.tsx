import { useSignal } from '@preact/signals';
import { Settings2 } from 'lucide';
import { SoundSettings } from '../features/settings/SoundSettings.tsx';
import { t } from '../lib/i18n.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { useServices } from './services.ts';

// The sound settings without leaving the nest.
export function SoundDialog() {
  const { sound } = useServices();
  const open = useSignal(false);
  return (
    <>
      <Button
        icon={Settings2}
        onClick={() => {
          open.value = true;
        }}
      >
        {t('settings.sound')}
      </Button>
      {open.value && (
        <Dialog
          title={t('settings.sound')}
          onClose={() => {
            open.value = false;
          }}
        >
          <SoundSettings sound={sound} />
        </Dialog>
      )}
    </>
  );
}
