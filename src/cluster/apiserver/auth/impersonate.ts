/** Acting as somebody else (`kubectl --as`): who may, and who one then is. */
import type { ApiRequest } from '../request.ts';
import type { Attributes, Decision } from './attributes.ts';
import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ANONYMOUS, parseServiceAccount, serviceAccountGroups, type UserInfo } from './user-info.ts';

/**
 * Checks the Impersonate-* headers of a request made by `user`. Gives the user that the request is then carried out
 * as, or the first attributes that were denied (word them with `denial`).
 */
export function impersonate(
  user: UserInfo,
  wanted: NonNullable<ApiRequest['impersonate']>,
  authorize: (attributes: Attributes) => Decision,
): { user: UserInfo } | { denied: Attributes; reason: string } {
  for (const attributes of attributesOf(user, wanted)) {
    const { allowed, reason } = authorize(attributes);
    if (!allowed) return { denied: attributes, reason };
  }
  return { user: { username: wanted.user, ...(wanted.uid !== undefined && { uid: wanted.uid }), groups: groupsOf(wanted), ...(wanted.extra && { extra: wanted.extra }) } };
}

function* attributesOf(user: UserInfo, wanted: NonNullable<ApiRequest['impersonate']>): Generator<Attributes> {
  const account = parseServiceAccount(wanted.user);
  if (account) yield { user, verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: account.namespace, name: account.name };
  else yield { user, verb: 'impersonate', group: '', resource: 'users', name: wanted.user };
  for (const name of wanted.groups ?? []) yield { user, verb: 'impersonate', group: '', resource: 'groups', name };
  if (wanted.uid !== undefined) yield { user, verb: 'impersonate', group: 'authentication.k8s.io', resource: 'uids', name: wanted.uid };
  for (const [key, values] of Object.entries(wanted.extra ?? {})) for (const name of values) yield { user, verb: 'impersonate', group: 'authentication.k8s.io', resource: 'userextras', subresource: key, name };
}

function groupsOf(wanted: NonNullable<ApiRequest['impersonate']>): string[] {
  const account = parseServiceAccount(wanted.user);
  const groups = wanted.groups?.length ? [...wanted.groups] : account ? serviceAccountGroups(account.namespace) : [];
  const isAnonymous = wanted.user === ANONYMOUS;
  const everyone = isAnonymous ? ALL_UNAUTHENTICATED : ALL_AUTHENTICATED;
  const isSettled = groups.includes(ALL_AUTHENTICATED) || groups.includes(ALL_UNAUTHENTICATED);
  return isSettled ? groups : [...groups, everyone];
}
