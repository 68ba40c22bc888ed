import { Link } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { RoundButton } from '../../ui/RoundButton.tsx';

// Puts the nest's own address into the clipboard; where that is not allowed, the address is shown to be copied by hand.
export function CopyLink({ path, said }: { path: string; said: (text: string) => void }) {
  async function copy(): Promise<void> {
    const url = new URL(path, location.origin).href;
    try {
      await navigator.clipboard.writeText(url);
      said(t('share.copied'));
    } catch {
      said(t('share.byHand', { url }));
    }
  }
  return <RoundButton icon={Link} word={t('action.copyLink')} onClick={() => void copy()} />;
}
