// Addresses of pictures. Only https is allowed. A picture uploaded to a server without TLS has a plain http address; it
// is loaded from this page's origin, the only one that the page's policy allows.

const uploaded = /^http:\/\/[^/?#@]+(\/api\/v1\/pictures\/[0-9a-f]{64})$/;

// pictureUrl returns the address as it is written in an event, '' if it is not allowed.
export function pictureUrl(text: string): string {
  try {
    const url = new URL(text.trim());
    const plain = url.username === '' && url.password === '';
    return plain && (url.protocol === 'https:' || uploaded.test(url.href)) ? url.href : '';
  } catch {
    return '';
  }
}

// pictureSrc returns the address from which this page loads it.
export function pictureSrc(text: string): string {
  const url = pictureUrl(text);
  return uploaded.exec(url)?.[1] ?? url;
}
