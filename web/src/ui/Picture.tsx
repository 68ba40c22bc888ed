import { useSignal } from '@preact/signals';
import { pictureSrc } from '../lib/picture.ts';

// Picture shows an image that a user linked, loaded without a referrer. It shows nothing if the address is not
// allowed or the image cannot be loaded.
export function Picture({ src, class: className }: { src: string; class: string }) {
  const failedSrc = useSignal('');
  const url = pictureSrc(src);
  if (url === '' || failedSrc.value === src) return null;
  return (
    <img
      class={className}
      src={url}
      alt=""
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => {
        failedSrc.value = src;
      }}
    />
  );
}
