import { type ReadonlySignal, useSignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Avatar } from './Avatar.tsx';
import css from './Identity.module.css';

// The name and picture of a user.
interface Identity {
  name: string;
  picture: string; // https, '' for none
}

type Lookup = (id: string) => ReadonlySignal<Identity>;

// The source of names and pictures, provided by the app.
export const Identities = createContext<Lookup>(() => {
  throw new Error('no Identities above');
});

// Face and Name read their own signal, so that a name that arrives updates nothing else.
export function Name({ id }: { id: string }) {
  return <bdi>{useContext(Identities)(id).value.name}</bdi>;
}

const isGuest = (id: string) => id.startsWith('guest-');

// A round picture. The drawn one beneath it is there at once, and stays if the picture cannot be loaded.
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
