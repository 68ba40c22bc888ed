import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ScheduleNext, SignatureOwed } from '../features/editor/EditNest.tsx';
import { type Editor, isEnded } from '../features/editor/edit.ts';
import { t } from '../lib/i18n.ts';

interface Props {
  host: string;
  editor: Editor;
  onScheduled: () => void;
}

// AfterShow offers the host of an ended nest the next steps: schedule the next show, and sign a space that says it is
// over, if the newest one does not.
export function AfterShow({ host, editor, onScheduled }: Props) {
  const unsigned = useSignal(false);
  useEffect(() => {
    void editor.latest(host).then((latest) => {
      unsigned.value = latest.ok && latest.value !== null && !isEnded(latest.value);
    });
  }, [editor, host, unsigned]);
  return (
    <>
      <ScheduleNext host={host} editor={editor} onScheduled={onScheduled} />
      {unsigned.value && (
        <SignatureOwed
          text={t('owed.over')}
          sign={() => editor.signEnded(host)}
          onSigned={() => {
            unsigned.value = false;
          }}
        />
      )}
    </>
  );
}
