import { useSignal } from '@preact/signals';
import { pictureSrc } from '../lib/picture.ts';

// A picture from another site, loaded without a referrer. It is hidden if it cannot be loaded.
export function Picture({ src, class: box }: { src: string; class: string }) {
  const failed = useSignal('');
  const from = pictureSrc(src);
  if (from === '' || failed.value === src) return null;
  return (
    <img
      class={box}
      src={from}
      alt=""
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => {
        failed.value = src;
      }}
    />
  );
}
