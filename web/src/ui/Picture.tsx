import { useSignal } from '@preact/signals';
import { pictureSrc } from '../lib/picture.ts';

// A picture from somewhere: without a referrer, in a box of its own size; when it does not come, nothing is there.
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
