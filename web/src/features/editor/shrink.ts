import { failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';

const sideMax = 1200; // px; the server stores no larger pictures
const bytesMax = 50_000_000; // the most that a phone's browser should decode

// shrinkPicture scales a picture down and removes its metadata, such as the location. A photo of 12 MB becomes some
// hundred kB.
export async function shrinkPicture(file: Blob): Promise<Result<Blob>> {
  if (file.size > bytesMax) {
    return refused(failure('picture_too_big', 'never'));
  }
  try {
    const picture = await createImageBitmap(file); // upright: the browser applies the EXIF orientation
    const by = Math.min(1, sideMax / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * by));
    canvas.height = Math.max(1, Math.round(picture.height * by));
    const pen = canvas.getContext('2d');
    if (!pen) return unreadable();
    pen.fillStyle = '#fff'; // a JPEG has no transparency
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const small = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.9));
    return small ? ok(small) : unreadable();
  } catch {
    return unreadable();
  }
}

const unreadable = () => refused<Blob>(failure('not_a_picture', 'never'));
