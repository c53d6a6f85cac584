/** The TokenRequest API: `serviceaccounts/<name>/token`. */
import type { Random } from '../../../time/random.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { ServiceAccount } from '../../api/types.ts';
import { formatSeconds } from '../../pki/certificate.ts';
import { DEFAULT_ISSUER, signToken, type TokenClaims, type TokenReference } from '../../pki/service-account-token.ts';
import { serviceAccountUsername } from './user-info.ts';

/** What one asks for: `spec` of a TokenRequest. */
export interface TokenRequestSpec {
  audiences?: readonly string[];
  expirationSeconds?: number;
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } | null;
}

/** kubelets ask for this many seconds; such tokens are extended to a year unless that is switched off. */
const PROJECTED_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;
const DEFAULT_SECONDS = 3600;
const SECONDS_MIN = 600;
const SECONDS_MAX = 2 ** 32;

/** What is wrong with the spec of a TokenRequest. */
export function validateTokenRequest(spec: TokenRequestSpec): FieldError[] {
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  if (seconds < SECONDS_MIN) return [invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > SECONDS_MAX) return [invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

/**
 * Makes a token for a ServiceAccount. `pod`, `node` and `secret` are the objects it is bound to, looked up and checked
 * by the caller. Returns spec and status of the answered TokenRequest.
 */
export function issueServiceAccountToken(options: {
  serviceAccount: ServiceAccount;
  spec: TokenRequestSpec;
  pod?: TokenReference;
  node?: TokenReference;
  secret?: TokenReference;
  /** Of sa.key. */
  keyPem: string;
  issuer?: string;
  /** --service-account-extend-token-expiration, on unless told otherwise. */
  extendExpiration?: boolean;
  nowMs: number;
  random: Random;
}): { spec: { audiences: readonly string[]; expirationSeconds: number; boundObjectRef: TokenRequestSpec['boundObjectRef'] }; status: { token: string; expirationTimestamp: string } } {
  const { serviceAccount, spec, nowMs } = options;
  const issuer = options.issuer ?? DEFAULT_ISSUER;
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const issuedAt = Math.floor(nowMs / 1000);
  const isExtended = (options.extendExpiration ?? true) && seconds === PROJECTED_SECONDS && options.pod !== undefined;
  const audiences = spec.audiences?.length ? spec.audiences : [issuer];
  const claims: TokenClaims = {
    aud: audiences,
    exp: issuedAt + (isExtended ? EXTENDED_SECONDS : seconds),
    iat: issuedAt,
    iss: issuer,
    jti: options.random.uuid(),
    'kubernetes.io': {
      namespace: serviceAccount.metadata.namespace ?? '',
      ...(options.node && { node: options.node }),
      ...(options.pod && { pod: options.pod }),
      ...(options.secret && { secret: options.secret }),
      serviceaccount: { name: serviceAccount.metadata.name, uid: serviceAccount.metadata.uid },
      ...(isExtended && { warnafter: issuedAt + seconds }),
    },
    nbf: issuedAt,
    sub: serviceAccountUsername(serviceAccount.metadata.namespace ?? '', serviceAccount.metadata.name),
  };
  return {
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token: signToken(claims, options.keyPem), expirationTimestamp: formatSeconds((issuedAt + seconds) * 1000) },
  };
}
