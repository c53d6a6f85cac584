/** ServiceAccount tokens: JSON Web Tokens in the shape that kube-apiserver signs. */
import { sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { publicKeyOf, remember, signatureKeyOf, verifyingKeysIn } from './key.ts';
import { parsePayload } from './pem.ts';

/** The object that a token dies with, or the account itself. */
export interface TokenReference { name: string; uid: string }

/** Claims of a token from the TokenRequest API, or (by LEGACY_ISSUER) from a Secret. Times in seconds since the epoch. */
export interface TokenClaims {
  iss: string;
  sub: string;
  aud: readonly string[];
  exp?: number;
  iat?: number;
  nbf?: number;
  jti?: string;
  'kubernetes.io': {
    namespace: string;
    serviceaccount: TokenReference;
    pod?: TokenReference;
    node?: TokenReference;
    secret?: TokenReference;
    /** After this the token is stale but, being extended, still valid. */
    warnafter?: number;
  };
}

/** Who signs, unless --service-account-issuer says otherwise. */
export const DEFAULT_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/**
 * Signs with the private key (`sa.key`). Ed25519 in the place of RSA: real, the same each time, and far cheaper for
 * ten thousand Pods; whoever reads the issuer's JWKS can check it.
 * Throws if the text holds no private key.
 */
export function signToken(claims: TokenClaims, keyPem: string): string { return sign(claims, keyPem); }

function sign(claims: object, keyPem: string): string {
  const publicKey = publicKeyOf(keyPem);
  const key = signatureKeyOf(keyPem);
  if (publicKey === undefined || !key) throw new Error('signToken: no private key in the given text');
  const signed = `${encode({ alg: SIGNATURE, kid: keyId(publicKey) })}.${encode(claims)}`;
  return `${signed}.${signBytes(null, Buffer.from(signed), key).toString('base64url')}`;
}

/** The algorithm of all tokens, as JOSE names it. */
const SIGNATURE = 'EdDSA';

/** What an issuer publishes about itself at `/.well-known/openid-configuration` and `/openid/v1/jwks`; undefined for other paths. */
export function openIdDocument(path: string, issuer: string, pubPem: string): object | undefined {
  if (path === '/openid/v1/jwks') return { keys: [...verifyingKeysIn(pubPem)].map(([kid, key]) => ({ use: 'sig', kid, alg: SIGNATURE, ...key.export({ format: 'jwk' }) })) };
  if (path !== '/.well-known/openid-configuration') return undefined;
  return { issuer, jwks_uri: `${issuer}/openid/v1/jwks`, response_types_supported: ['id_token'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: [SIGNATURE] };
}

/** Who signs the tokens in Secrets: they name no audience and never expire. */
export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount/';

/** A token for a Secret, in the older shape. */
export function legacyToken({ namespace, name, uid, secret }: { namespace: string; name: string; uid: string; secret: string }, keyPem: string): string {
  return sign({
    iss: LEGACY_ISSUER, [`${LEGACY}namespace`]: namespace, [`${LEGACY}secret.name`]: secret, [`${LEGACY}service-account.name`]: name, [`${LEGACY}service-account.uid`]: uid,
    sub: `system:serviceaccount:${namespace}:${name}`,
  }, keyPem);
}

/** The claims of a token signed by one of the keys in `pubPem`; undefined if it is not. Says nothing about expiry. */
export function verifyToken(token: string, pubPem: string): TokenClaims | undefined {
  const known = verified.get(pubPem) ?? remember(verified, pubPem, new Map<string, TokenClaims | undefined>());
  return known.has(token) ? known.get(token) : remember(known, token, check(token, pubPem));
}

const verified = new Map<string, Map<string, TokenClaims | undefined>>();

function check(token: string, pubPem: string): TokenClaims | undefined {
  const [header, payload, given, ...rest] = token.split('.');
  if (!header || !payload || !given || rest.length > 0) return undefined;
  const signature = Buffer.from(given, 'base64url');
  const isSigned = [...verifyingKeysIn(pubPem).values()].some((key) => verifyBytes(null, Buffer.from(`${header}.${payload}`), key, signature));
  return isSigned ? claimsIn(Buffer.from(payload, 'base64url').toString('utf8')) : undefined;
}

function claimsIn(payload: string): TokenClaims | undefined {
  const claims = parsePayload(payload);
  if (claims?.['iss'] === LEGACY_ISSUER) return legacyClaims(claims);
  if (typeof claims?.['kubernetes.io'] !== 'object' || typeof claims['sub'] !== 'string') return undefined;
  // Signed by our own key: the shape is the one that signToken was given.
  return claims as unknown as TokenClaims;
}

function legacyClaims(claims: Readonly<Record<string, unknown>>): TokenClaims {
  const text = (key: string) => String(claims[`${LEGACY}${key}`] ?? '');
  return {
    iss: LEGACY_ISSUER, sub: String(claims['sub']), aud: [],
    'kubernetes.io': { namespace: text('namespace'), serviceaccount: { name: text('service-account.name'), uid: text('service-account.uid') }, secret: { name: text('secret.name'), uid: '' } },
  };
}

function keyId(publicKey: string): string {
  return Buffer.from(publicKey, 'hex').toString('base64url');
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
