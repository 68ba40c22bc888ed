import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ScheduleNext, SignatureOwed } from '../features/editor/EditNest.tsx';
import { type Editor, saysOver } from '../features/editor/edit.ts';
import { t } from '../lib/i18n.ts';

interface Props {
  host: string;
  editor: Editor;
  done: () => void; // the nest is to be looked at anew
  reset: () => void;
}

// What the host may do with a nest that has ended: plan the next show, and sign that this one is over where that is not said yet.
export function AfterShow({ host, editor, done, reset }: Props) {
  const owed = useSignal(false);
  useEffect(() => {
    void editor.latest(host).then((latest) => {
      owed.value = latest.ok && latest.value !== null && !saysOver(latest.value);
    });
  }, [editor, host, owed]);
  return (
    <>
      <ScheduleNext
        host={host}
        editor={editor}
        done={() => {
          reset();
          done();
        }}
      />
      {owed.value && (
        <SignatureOwed
          text={t('owed.over')}
          sign={() => editor.over(host)}
          done={() => {
            owed.value = false;
          }}
        />
      )}
    </>
  );
}
