/** Who makes a request, and the names Kubernetes gives to those it knows. */

/** An authenticated (or anonymous) user, as in authentication.k8s.io/v1. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const ANONYMOUS = 'system:anonymous';
export const ALL_AUTHENTICATED = 'system:authenticated';
export const ALL_UNAUTHENTICATED = 'system:unauthenticated';
/** Members pass every authorization check. */
export const MASTERS = 'system:masters';
const NODES = 'system:nodes';
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

const SERVICE_ACCOUNT = 'system:serviceaccount:';
const NODE = 'system:node:';

export const anonymousUser: UserInfo = { username: ANONYMOUS, groups: [ALL_UNAUTHENTICATED] };

/** `system:serviceaccount:<namespace>:<name>`. */
export function serviceAccountUsername(namespace: string, name: string): string {
  return `${SERVICE_ACCOUNT}${namespace}:${name}`;
}

/** The groups of every ServiceAccount of a namespace. */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** Namespace and name of the ServiceAccount behind a username, if it is one. */
export function parseServiceAccount(username: string): { namespace: string; name: string } | undefined {
  if (!username.startsWith(SERVICE_ACCOUNT)) return undefined;
  const [namespace, name, ...rest] = username.slice(SERVICE_ACCOUNT.length).split(':');
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined;
}

/** Whether a user is a kubelet, and of which node ('' if the username does not say). */
export function nodeIdentity(user: UserInfo): { isNode: boolean; nodeName: string } {
  const isNode = user.username.startsWith(NODE) && user.groups.includes(NODES);
  return { isNode, nodeName: isNode ? user.username.slice(NODE.length) : '' };
}
