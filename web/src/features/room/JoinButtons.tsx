import { Headphones, LogIn } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import type { As } from './join.ts';
import type { RoomProps } from './props.ts';

export const both: As[] = ['member', 'guest'];

// Buttons for the ways in that a nest offers. Without a key, the first one logs the user in.
export function JoinButtons({ enter, live, offers = both }: Pick<RoomProps, 'enter' | 'live'> & { offers?: As[] }) {
  return (
    <>
      {offers.includes('member') && (
        <Button look="main" icon={LogIn} onReach={live.preload} onClick={() => void enter('member')}>
          {t('action.join')}
        </Button>
      )}
      {offers.includes('guest') && (
        <Button icon={Headphones} onReach={live.preload} onClick={() => void enter('guest')}>
          {t('action.joinGuest')}
        </Button>
      )}
    </>
  );
}
