import { Headphones, LogIn } from 'lucide';
import { t } from '../../lib/i18n.ts';
import { Button } from '../../ui/Button.tsx';
import type { As } from './join.ts';
import type { NestProps } from './props.ts';

export const both: As[] = ['member', 'guest'];

// The buttons to join as a member and as a guest, as far as they are offered.
export function JoinButtons({ enter, live, offers = both }: Pick<NestProps, 'enter' | 'live'> & { offers?: As[] }) {
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
