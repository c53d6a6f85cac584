import { describe, expect, test } from 'vitest';
import type { Pod, Secret, ServiceAccount } from '../../../../src/cluster/api/types.ts';
import { authenticate, authenticateToken, type AuthenticationOptions } from '../../../../src/cluster/apiserver/auth/authenticate.ts';
import { impersonate } from '../../../../src/cluster/apiserver/auth/impersonate.ts';
import { issueServiceAccountToken, validateTokenRequest } from '../../../../src/cluster/apiserver/auth/token-request.ts';
import { createAuthority, issueCertificate } from '../../../../src/cluster/pki/certificate.ts';
import { createKey, publicKeyPem } from '../../../../src/cluster/pki/key.ts';
import { Random } from '../../../../src/time/random.ts';
import { admin, allow, clusterRole, clusterRoleBinding, meta, rbacOf, user } from './builders.ts';

const NOW = Date.UTC(2026, 10, 23, 17, 0, 0);
const HOUR = 3_600_000;
const ca = createAuthority('kubernetes', new Random('ca'), NOW);
const saKey = createKey(new Random('sa'));
const ci: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('ci', 'dev') };
const web: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: meta('web', 'dev'), spec: { containers: [] }, status: {} };

function options(changes: Partial<AuthenticationOptions> = {}): AuthenticationOptions {
  return {
    clientCa: ca.certificate, serviceAccountKey: publicKeyPem(saKey), anonymous: true, nowMs: NOW,
    lookupServiceAccount: (namespace, name) => (namespace === 'dev' && name === 'ci' ? ci : undefined),
    lookupPod: (_namespace, name) => (name === 'web' ? web : undefined),
    ...changes,
  };
}

function certificate(commonName: string, organizations: string[], usage: 'client auth' | 'server auth' = 'client auth') {
  const { certificate: clientCertificate, key: clientKey } = issueCertificate({ ca, commonName, organizations, usages: [usage], notBeforeMs: NOW, notAfterMs: NOW + 24 * HOUR, random: new Random(commonName) });
  return { clientCertificate, clientKey };
}

function tokenFor(changes: Partial<Parameters<typeof issueServiceAccountToken>[0]> = {}): string {
  return issueServiceAccountToken({ serviceAccount: ci, spec: {}, keyPem: saKey, nowMs: NOW, random: new Random('jti'), ...changes }).status.token;
}

describe('client certificates', () => {
  test('the common name is the user, organizations are groups', () => {
    expect(authenticate(certificate('kubernetes-admin', ['system:masters']), options())).toEqual({
      username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  test('a certificate that comes alone was proven by the TLS handshake', () => {
    expect(authenticate({ clientCertificate: certificate('jane', []).clientCertificate }, options())?.username).toBe('jane');
  });

  const refused: [string, Parameters<typeof authenticate>[0], Partial<AuthenticationOptions>][] = [
    ["with somebody else's key", { ...certificate('jane', []), clientKey: certificate('bob', []).clientKey }, {}],
    ['of another authority', certificate('jane', []), { clientCa: createAuthority('kubernetes', new Random('x'), NOW).certificate }],
    ['after its end', certificate('jane', []), { nowMs: NOW + 25 * HOUR }],
    ['made for servers', certificate('jane', [], 'server auth'), {}],
    ['where no client CA is set', certificate('jane', []), { clientCa: undefined }],
  ];
  test.each(refused)('a certificate %s proves nothing, and is not even anonymous', (_name, credential, changes) => {
    expect(authenticate(credential, options(changes))).toBeUndefined();
  });
});

describe('nothing shown', () => {
  test('is anonymous where that is allowed', () => {
    expect(authenticate(undefined, options())).toEqual({ username: 'system:anonymous', groups: ['system:unauthenticated'] });
  });
  test('is refused where it is not', () => expect(authenticate({}, options({ anonymous: false }))).toBeUndefined());
});

describe('ServiceAccount tokens', () => {
  test('a token speaks for its account and Pod', () => {
    const token = tokenFor({ pod: { name: 'web', uid: 'uid-web' }, node: { name: 'worker-1', uid: 'n1' }, spec: { expirationSeconds: 3607 } });
    expect(authenticate({ token }, options())).toEqual({
      username: 'system:serviceaccount:dev:ci', uid: 'uid-ci', groups: ['system:serviceaccounts', 'system:serviceaccounts:dev', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)],
        'authentication.kubernetes.io/node-name': ['worker-1'], 'authentication.kubernetes.io/node-uid': ['n1'],
        'authentication.kubernetes.io/pod-name': ['web'], 'authentication.kubernetes.io/pod-uid': ['uid-web'],
      },
    });
  });

  test('an ordinary token ends after an hour, a projected one is extended to a year', () => {
    const projected = tokenFor({ pod: { name: 'web', uid: 'uid-web' }, spec: { expirationSeconds: 3607 } });
    const later = options({ nowMs: NOW + 2 * HOUR });
    expect(authenticate({ token: tokenFor() }, options({ nowMs: NOW + HOUR - 1000 }))).toBeDefined();
    expect(authenticate({ token: tokenFor() }, later)).toBeUndefined();
    expect(authenticate({ token: projected }, later)).toBeDefined();
    expect(authenticate({ token: projected }, options({ nowMs: NOW + 366 * 24 * HOUR }))).toBeUndefined();
  });

  test('the answer says when the token goes stale', () => {
    const { spec, status } = issueServiceAccountToken({ serviceAccount: ci, spec: {}, keyPem: saKey, nowMs: NOW, random: new Random('x') });
    expect(spec).toEqual({ audiences: ['https://kubernetes.default.svc.cluster.local'], expirationSeconds: 3600, boundObjectRef: null });
    expect(status.expirationTimestamp).toBe('2026-11-23T18:00:00Z');
  });

  const dead: [string, string, Partial<AuthenticationOptions>][] = [
    ['the account is gone', tokenFor(), { lookupServiceAccount: () => undefined }],
    ['the account was made anew', tokenFor(), { lookupServiceAccount: () => ({ ...ci, metadata: { ...ci.metadata, uid: 'other' } }) }],
    ['the Pod is gone', tokenFor({ pod: { name: 'gone', uid: 'u' } }), {}],
    ['it is for another audience', tokenFor({ spec: { audiences: ['vault'] } }), {}],
    ['another key signed it', tokenFor({ keyPem: createKey(new Random('thief')) }), {}],
    ['it is no token', 'abc', {}],
  ];
  test.each(dead)('a token is refused when %s', (_name, token, changes) => expect(authenticate({ token }, options(changes))).toBeUndefined());

  test('a review can ask for another audience', () => {
    expect(authenticateToken(tokenFor({ spec: { audiences: ['vault', 'x'] } }), options(), ['vault'])).toMatchObject({ user: { uid: 'uid-ci' }, audiences: ['vault'] });
  });

  test('less than ten minutes cannot be asked for', () => {
    expect(validateTokenRequest({ expirationSeconds: 599 })[0]?.message).toBe('Invalid value: 599: may not specify a duration less than 10 minutes');
    expect(validateTokenRequest({ expirationSeconds: 600 })).toEqual([]);
  });
});

describe('other tokens', () => {
  test('a static token names its user', () => {
    const tokens = new Map([['s3cret', { username: 'jane', groups: ['devs'] }]]);
    expect(authenticate({ token: 's3cret' }, options({ tokens }))).toEqual({ username: 'jane', groups: ['devs', 'system:authenticated'] });
  });

  const text = (value: string) => Buffer.from(value).toString('base64');
  const join: Secret = {
    apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token', metadata: meta('bootstrap-token-abcdef', 'kube-system'),
    data: { 'token-id': text('abcdef'), 'token-secret': text('0123456789abcdef'), 'usage-bootstrap-authentication': text('true'), expiration: text('2026-11-24T17:00:00Z'), 'auth-extra-groups': text('system:bootstrappers:kubeadm:default-node-token') },
  };
  const joining = (changes: Partial<AuthenticationOptions> = {}) => options({ bootstrapTokens: true, lookupSecret: () => join, ...changes });

  test('a join token is a bootstrapper until it expires', () => {
    expect(authenticate({ token: 'abcdef.0123456789abcdef' }, joining())).toEqual({
      username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token', 'system:authenticated'],
    });
    expect(authenticate({ token: 'abcdef.ffffffffffffffff' }, joining())).toBeUndefined();
    expect(authenticate({ token: 'abcdef.0123456789abcdef' }, joining({ nowMs: NOW + 25 * HOUR }))).toBeUndefined();
  });
});

describe('impersonation', () => {
  const { rbac } = rbacOf(clusterRole('imp', allow('impersonate', 'users', ['jane'])), clusterRoleBinding('imp', 'imp', 'user:bob'));
  const authorize = (attributes: Parameters<typeof rbac.authorize>[0]) => rbac.authorize(attributes);

  test('whoever may, acts as that user alone', () => {
    expect(impersonate(user('bob'), { user: 'jane' }, authorize)).toEqual({ user: { username: 'jane', groups: ['system:authenticated'] } });
  });
  test('each group must be allowed too', () => {
    expect(impersonate(user('bob'), { user: 'jane', groups: ['system:masters'] }, authorize)).toMatchObject({ denied: { resource: 'groups', name: 'system:masters' } });
  });
  test('a ServiceAccount brings its groups', () => {
    expect(impersonate(admin, { user: 'system:serviceaccount:dev:ci' }, () => ({ allowed: true, reason: '' }))).toEqual({
      user: { username: 'system:serviceaccount:dev:ci', groups: ['system:serviceaccounts', 'system:serviceaccounts:dev', 'system:authenticated'] },
    });
  });
});
