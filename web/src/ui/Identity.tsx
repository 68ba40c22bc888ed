import { type ReadonlySignal, useSignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Avatar } from './Avatar.tsx';
import css from './Identity.module.css';

// Who somebody is, as far as it is shown.
interface Identity {
  name: string;
  picture: string; // https, '' for none
}

type Lookup = (id: string) => ReadonlySignal<Identity>;

// Where names and pictures come from; the app says.
export const Identities = createContext<Lookup>(() => {
  throw new Error('no Identities above');
});

// Everything of an id is drawn where it is drawn, so that one name that arrives draws nothing else anew.
export function Name({ id }: { id: string }) {
  return <bdi>{useContext(Identities)(id).value.name}</bdi>;
}

const isGuest = (id: string) => id.startsWith('guest-');

// A round face: the picture, over a drawn one that is there at once and stays when the picture does not come.
export function Face({ id, size }: { id: string; size: number }) {
  const { picture } = useContext(Identities)(id).value;
  const failed = useSignal('');
  return (
    <span class={css.face} style={{ inlineSize: `${size}px`, blockSize: `${size}px` }}>
      <Avatar seed={id} size={size} plain={isGuest(id)} />
      {picture !== '' && failed.value !== picture && (
        <img
          src={picture}
          alt=""
          width={size}
          height={size}
          loading="lazy"
          decoding="async"
          referrerpolicy="no-referrer"
          onError={() => {
            failed.value = picture;
          }}
        />
      )}
    </span>
  );
}
