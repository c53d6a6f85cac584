/** kubeadm's join tokens: their Secrets, and the signatures by which who joins knows the cluster (cluster-bootstrap). */
import { createHmac } from 'node:crypto';
import type { Secret } from '../api/types.ts';
import { parseCertificate } from './certificate.ts';
import { sha256 } from './key.ts';

export const TOKEN_SECRET_TYPE = 'bootstrap.kubernetes.io/token';
export const TOKEN_PATTERN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;

/** What a Secret says of a token; undefined when it is none. */
export interface BootstrapToken { id: string; secret: string; expiresMs?: number; usages: string[]; groups: string[]; description: string }

export function bootstrapTokenOf({ type, metadata, data }: Secret): BootstrapToken | undefined {
  if (type !== TOKEN_SECRET_TYPE) return undefined;
  const text = (key: string) => Buffer.from(data?.[key] ?? '', 'base64').toString();
  const [id, secret, expiration] = [text('token-id'), text('token-secret'), text('expiration')];
  if (!TOKEN_PATTERN.test(`${id}.${secret}`) || metadata.name !== `bootstrap-token-${id}`) return undefined;
  const usages = ['authentication', 'signing'].filter((usage) => text(`usage-bootstrap-${usage}`) === 'true');
  return { id, secret, ...(expiration ? { expiresMs: Date.parse(expiration) } : {}), usages, groups: text('auth-extra-groups').split(',').filter(Boolean), description: text('description') };
}

/** A detached JSON web signature over the cluster-info's kubeconfig. */
export function signature(kubeconfig: string, { id, secret }: Pick<BootstrapToken, 'id' | 'secret'>): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url');
  const payload = Buffer.from(kubeconfig).toString('base64url');
  return `${header}..${createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')}`;
}

/** `sha256:…` of an authority's public key, for --discovery-token-ca-cert-hash. */
export function publicKeyHash(certificatePem: string): string {
  return `sha256:${sha256(parseCertificate(certificatePem)?.publicKey ?? '')}`;
}
