/** Tokens of the controllers' own ServiceAccounts, asked for when needed and again before they run out. */
import type { World } from '../../time/simulation.ts';
import type { Credential } from '../apiserver/request.ts';
import { serviceAccounts } from '../client/resources.ts';
import { type ApiClient, ApiError } from '../client/types.ts';

const NAMESPACE = 'kube-system';
const LIFETIME_SECONDS = 3600;
const RENEW_AT = 0.8; // of the lifetime, as for tokens in Pods

/** The credential of `system:serviceaccount:kube-system:<name>`; the account is made when missing. */
export function accountCredential(world: World, client: ApiClient, name: string): () => Credential {
  let current: { token: string; renewMs: number } | undefined;
  return () => {
    const nowMs = world.clock.now();
    if (!current || nowMs >= current.renewMs) current = { token: request(client, name), renewMs: nowMs + LIFETIME_SECONDS * 1000 * RENEW_AT };
    return { token: current.token };
  };
}

function request(client: ApiClient, name: string): string {
  if (!client.get(serviceAccounts, name, NAMESPACE)) create(client, name);
  const answer = client.createSubresource(serviceAccounts, name, NAMESPACE, 'token', {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { audiences: [], expirationSeconds: LIFETIME_SECONDS },
  });
  return (answer as { status: { token: string } }).status.token;
}

function create(client: ApiClient, name: string): void {
  try {
    client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
  }
}
