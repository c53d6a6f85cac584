/** Requests as a controller's own ServiceAccount: its token is asked for when needed, and again before it runs out. */
import type { World } from '../../time/simulation.ts';
import type { ApiTransport } from '../apiserver/request.ts';
import { serviceAccounts } from '../client/resources.ts';
import type { ApiClient } from '../client/types.ts';
import { unlessThere } from './controller.ts';

const NAMESPACE = 'kube-system';
const LIFETIME_SECONDS = 3600;
const RENEW_AT = 0.8; // of the lifetime, as for tokens in Pods

/** A transport as `system:serviceaccount:kube-system:<name>`; the account is made when missing. A token that is refused is forgotten. */
export function accountTransport(transport: ApiTransport, world: World, client: ApiClient, name: string): ApiTransport {
  let current: { token: string; renewMs: number } | undefined;
  const token = (): string => {
    const nowMs = world.clock.now();
    if (!current || nowMs >= current.renewMs) current = { token: requestToken(client, name), renewMs: nowMs + LIFETIME_SECONDS * 1000 * RENEW_AT };
    return current.token;
  };
  return {
    ...transport,
    handle(request) {
      const answer = transport.handle({ ...request, credential: { token: token() } });
      if (answer.code === 401) current = undefined;
      return answer;
    },
  };
}

function requestToken(client: ApiClient, name: string): string {
  if (!client.get(serviceAccounts, name, NAMESPACE)) {
    unlessThere(() => client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } }));
  }
  const answer = client.createSubresource(serviceAccounts, name, NAMESPACE, 'token', {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: { audiences: [], expirationSeconds: LIFETIME_SECONDS },
  });
  return (answer as { status: { token: string } }).status.token; // what TokenRequest answers
}
