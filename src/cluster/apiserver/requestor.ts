/** CertificateSigningRequests name who made them: the server says so, whatever the client wrote (registry/certificates: PrepareForCreate). */
import type { Kind } from '../api/kind.ts';
import type { CertificateSigningRequest, KubeObject } from '../api/types.ts';
import type { UserInfo } from './security.ts';

/** The draft with its requestor, for the one kind that has one. */
export function requestedBy(kind: Kind, draft: KubeObject, { username, uid, groups, extra }: UserInfo): KubeObject {
  if (kind.plural !== 'certificatesigningrequests') return draft;
  const { username: _u, uid: _i, groups: _g, extra: _e, ...spec } = (draft as CertificateSigningRequest).spec ?? {}; // the plural says so
  return { ...draft, spec: { ...spec, username, ...(uid ? { uid } : {}), groups: [...groups], ...(extra ? { extra } : {}) } };
}
