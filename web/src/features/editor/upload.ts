import type { Api } from '../../lib/api.ts';
import { ok, type Result } from '../../lib/result.ts';
import type { Session } from '../session/session.ts';
import { shrinkPicture } from './shrink.ts';

// upload returns the address of the stored picture. A user without a key gets a new one, as in create.
export async function upload(file: Blob, api: Api, session: Session): Promise<Result<string>> {
  const small = await shrinkPicture(file);
  if (!small.ok) return small;
  const user = await session.ensure();
  if (!user.ok) return user;
  const sent = await api.putPicture(small.value, session.authorize);
  return sent.ok ? ok(sent.value.url) : sent;
}
