// Addresses of pictures. Browsers are sent to https only. Where a server has no TLS, what was uploaded to it has an
// address of plain http, and is asked of the server that this page came from: the page's policy allows no other.

const uploaded = /^http:\/\/[^/?#@]+(\/api\/v1\/pictures\/[0-9a-f]{64})$/;

// pictureUrl is the address as an event may carry it, '' for anything that is none.
export function pictureUrl(text: string): string {
  try {
    const url = new URL(text.trim());
    const plain = url.username === '' && url.password === '';
    return plain && (url.protocol === 'https:' || uploaded.test(url.href)) ? url.href : '';
  } catch {
    return '';
  }
}

// pictureSrc is where this page asks for it.
export function pictureSrc(text: string): string {
  const url = pictureUrl(text);
  return uploaded.exec(url)?.[1] ?? url;
}
