/** Authentication: from a client certificate or a bearer token to a user. */
import { INVALID_SINCE_LABEL, isoDate, LAST_USED_LABEL } from '../../api/legacy-tokens.ts';
import type { Pod, Secret, ServiceAccount } from '../../api/types.ts';
import { keyMatches, parseCertificate, verifyCertificate } from '../../pki/certificate.ts';
import { remember } from '../../pki/key.ts';
import { DEFAULT_ISSUER, LEGACY_ISSUER, type TokenClaims, verifyToken } from '../../pki/service-account-token.ts';
import type { AnonymousAccess } from './authentication-configuration.ts';
import type { Credential } from '../request.ts';
import { ALL_AUTHENTICATED, anonymousUser, CREDENTIAL_ID, serviceAccountGroups, serviceAccountUsername, type UserInfo } from './user-info.ts';

/** What the API server's flags and its storage say about identities. */
export interface AuthenticationOptions {
  /** PEM of --client-ca-file; without it certificates prove nothing. */
  clientCa?: string;
  /** PEM of --service-account-key-file; without it ServiceAccount tokens prove nothing. */
  serviceAccountKey?: string;
  /** --token-auth-file: token to user. */
  tokens?: ReadonlyMap<string, UserInfo>;
  /** --anonymous-auth, or at which paths --authentication-config allows it. */
  anonymous: boolean | AnonymousAccess;
  readonly nowMs: number;
  /** --api-audiences; the issuer unless given. */
  audiences?: readonly string[];
  /** --service-account-lookup: whether what a token is bound to must still exist; true unless given. */
  lookup?: boolean;
  /** Told of a Secret whose token is used for the first time today. */
  legacyTokenUsed?: (secret: Secret) => void;
  lookupServiceAccount: (namespace: string, name: string) => ServiceAccount | undefined;
  lookupPod: (namespace: string, name: string) => Pod | undefined;
  /** Needed for tokens that are bound to a Node. */
  lookupNodeUid?: (name: string) => string | undefined;
  /** Needed for Secret-based tokens. */
  lookupSecret?: (namespace: string, name: string) => Secret | undefined;
  /** --enable-bootstrap-token-auth (needs `lookupSecret`). */
  bootstrapTokens?: boolean;
}

/**
 * The user behind a credential; undefined means 401 Unauthorized. Whoever shows nothing is `system:anonymous` where
 * that is allowed, but whoever shows something wrong is refused, as kube-apiserver does it.
 */
export function authenticate(credential: Credential | undefined, options: AuthenticationOptions, path = '/'): UserInfo | undefined {
  const { clientCertificate, clientKey, token } = credential ?? {};
  const user = (clientCertificate && certificateUser(clientCertificate, clientKey, options)) || (token && authenticateToken(token, options)?.user);
  if (user) return user;
  if (clientCertificate || token) return undefined;
  return (typeof options.anonymous === 'function' ? options.anonymous(path) : options.anonymous) ? anonymousUser : undefined;
}

/** The user behind a bearer token and the audiences it was accepted for; undefined if it is not accepted. */
export function authenticateToken(token: string, options: AuthenticationOptions, wanted?: readonly string[]): { user: UserInfo; audiences: readonly string[] } | undefined {
  const audiences = wanted?.length ? wanted : options.audiences ?? [DEFAULT_ISSUER];
  const known = options.tokens?.get(token);
  if (known) return { user: authenticated(known), audiences };
  if (options.bootstrapTokens && BOOTSTRAP_TOKEN.test(token)) {
    const user = bootstrapUser(token, options);
    return user && { user, audiences };
  }
  const claims = options.serviceAccountKey === undefined ? undefined : verifyToken(token, options.serviceAccountKey);
  // Tokens of Secrets name no audience: they are for the API server.
  const named = claims?.iss === LEGACY_ISSUER ? options.audiences ?? [DEFAULT_ISSUER] : claims?.aud ?? [];
  const accepted = named.filter((audience) => audiences.includes(audience));
  if (!claims || accepted.length === 0 || !isCurrent(claims, token, options)) return undefined;
  return { user: serviceAccountUser(claims), audiences: accepted };
}

const BOOTSTRAP_TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const certificateUsers = new Map<string, UserInfo>();
const tokenUsers = new WeakMap<TokenClaims, UserInfo>();

function certificateUser(certificatePem: string, keyPem: string | undefined, options: AuthenticationOptions): UserInfo | undefined {
  // A certificate that comes alone has been through a TLS handshake, which proved the key.
  if (options.clientCa === undefined || (keyPem !== undefined && !ownsCertificate(certificatePem, keyPem))) return undefined;
  if (verifyCertificate(certificatePem, options.clientCa, options.nowMs, { usage: 'client auth' }) !== undefined) return undefined;
  return certificateUsers.get(certificatePem) ?? remember(certificateUsers, certificatePem, userOfCertificate(certificatePem));
}

const owners = new Map<string, string>();

function ownsCertificate(certificatePem: string, keyPem: string): boolean {
  if (owners.get(certificatePem) === keyPem) return true;
  if (!keyMatches(certificatePem, keyPem)) return false;
  remember(owners, certificatePem, keyPem);
  return true;
}

function userOfCertificate(certificatePem: string): UserInfo {
  const certificate = parseCertificate(certificatePem)!;
  const { commonName, organizations } = certificate.subject;
  return authenticated({ username: commonName, groups: organizations, extra: { [CREDENTIAL_ID]: [`X509SHA256=${certificate.fingerprint}`] } });
}

function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes(ALL_AUTHENTICATED) ? user : { ...user, groups: [...user.groups, ALL_AUTHENTICATED] };
}

/** Not expired, and everything the token is bound to still exists. */
function isCurrent(claims: TokenClaims, token: string, options: AuthenticationOptions): boolean {
  const nowSeconds = options.nowMs / 1000;
  if (claims.exp !== undefined && nowSeconds > claims.exp) return false;
  if (claims.nbf !== undefined && nowSeconds < claims.nbf) return false;
  if (options.lookup === false) return true;
  const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io'];
  const account = options.lookupServiceAccount(namespace, serviceaccount.name);
  if (!account || account.metadata.uid !== serviceaccount.uid || account.metadata.deletionTimestamp) return false;
  if (pod && options.lookupPod(namespace, pod.name)?.metadata.uid !== pod.uid) return false;
  // A Pod's token names its node too, but lives and dies with the Pod.
  if (node && !pod && options.lookupNodeUid?.(node.name) !== node.uid) return false;
  const found = secret && options.lookupSecret?.(namespace, secret.name);
  if (claims.iss === LEGACY_ISSUER) {
    if (!found || found.metadata.deletionTimestamp || found.metadata.labels?.[INVALID_SINCE_LABEL] || found.data?.['token'] !== Buffer.from(token).toString('base64')) return false;
    if (found.metadata.labels?.[LAST_USED_LABEL] !== isoDate(options.nowMs)) options.legacyTokenUsed?.(found);
    return true;
  }
  return !secret || found?.metadata.uid === secret.uid;
}

function serviceAccountUser(claims: TokenClaims): UserInfo {
  const known = tokenUsers.get(claims);
  if (known) return known;
  const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
  const user: UserInfo = {
    username: serviceAccountUsername(namespace, serviceaccount.name),
    uid: serviceaccount.uid,
    groups: [...serviceAccountGroups(namespace), ALL_AUTHENTICATED],
    extra: {
      ...(claims.jti !== undefined && { [CREDENTIAL_ID]: [`JTI=${claims.jti}`] }),
      ...(node && { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] }),
      ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
    },
  };
  tokenUsers.set(claims, user);
  return user;
}

/** kubeadm's join tokens: Secrets `kube-system/bootstrap-token-<id>`. */
function bootstrapUser(token: string, options: AuthenticationOptions): UserInfo | undefined {
  const [, id = '', secretPart = ''] = BOOTSTRAP_TOKEN.exec(token) ?? [];
  const secret = options.lookupSecret?.('kube-system', `bootstrap-token-${id}`);
  if (!secret || secret.type !== 'bootstrap.kubernetes.io/token' || secret.metadata.deletionTimestamp) return undefined;
  const data = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
  if (data('token-id') !== id || data('token-secret') !== secretPart || data('usage-bootstrap-authentication') !== 'true') return undefined;
  const expiration = data('expiration');
  if (expiration && Date.parse(expiration) <= options.nowMs) return undefined;
  const extra = data('auth-extra-groups').split(',').filter((group) => group !== '');
  return authenticated({ username: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra] });
}
