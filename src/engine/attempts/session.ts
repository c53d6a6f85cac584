/** A training session: which pack and levels a class plays, and until when. A small file, or the same as a short text. */

export interface Session { format: 'kube-quest session'; version: 1; id: string; title: string; pack: { name: string; digest: string }; levels: string[]; /** ISO 8601. */ deadline?: string }

export class SessionError extends Error { override name = 'SessionError'; }

const CODE = /^kq1-[A-Za-z0-9_-]+$/;

/** The session as one word that fits into a chat. */
export function codeOf(session: Session): string {
  return `kq1-${Buffer.from(JSON.stringify(session)).toString('base64url')}`;
}

export function isCode(word: string): boolean { return CODE.test(word); }

/** Out of a file's text or a code. Throws SessionError. */
export function readSession(text: string): Session {
  const trimmed = text.trim();
  const json = isCode(trimmed) ? Buffer.from(trimmed.slice(4), 'base64url').toString('utf8') : trimmed;
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    throw new SessionError('is no session; `kube-quest session new` writes one');
  }
  if (!isSession(data)) throw new SessionError('is no session; `kube-quest session new` writes one');
  return data;
}

/** Whether a session's deadline has passed. */
export function isOver({ deadline }: Session, now: Date): boolean {
  return deadline !== undefined && now.getTime() > Date.parse(deadline);
}

function isSession(data: unknown): data is Session {
  if (typeof data !== 'object' || data === null || !('format' in data) || data.format !== 'kube-quest session' || !('version' in data) || data.version !== 1) return false;
  const { id, title, pack, levels, deadline } = data as Partial<Record<keyof Session, unknown>>;
  const isPack = typeof pack === 'object' && pack !== null && 'name' in pack && typeof pack.name === 'string' && 'digest' in pack && typeof pack.digest === 'string';
  return isPack && typeof id === 'string' && typeof title === 'string' && Array.isArray(levels) && levels.every((level) => typeof level === 'string') && (deadline === undefined || (typeof deadline === 'string' && !Number.isNaN(Date.parse(deadline))));
}
