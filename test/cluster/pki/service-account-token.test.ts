import { expect, test } from 'vitest';
import { createKey, publicKeyPem } from '../../../src/cluster/pki/key.ts';
import { DEFAULT_ISSUER, signToken, type TokenClaims, verifyToken } from '../../../src/cluster/pki/service-account-token.ts';
import { Random } from '../../../src/time/random.ts';

const key = createKey(new Random('sa'));
const claims: TokenClaims = {
  iss: DEFAULT_ISSUER, sub: 'system:serviceaccount:dev:ci', aud: [DEFAULT_ISSUER], exp: 2000, iat: 1000,
  'kubernetes.io': { namespace: 'dev', serviceaccount: { name: 'ci', uid: 'u1' } },
};

test('a token is three base64url parts and gives its claims back', () => {
  const token = signToken(claims, key);
  expect(token).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/);
  expect(verifyToken(token, publicKeyPem(key))).toEqual(claims);
});

test('a token by another key, or changed, or not a token, is nothing', () => {
  const token = signToken(claims, key);
  const [header, , signature] = token.split('.');
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:admin' })).toString('base64url');
  expect(verifyToken(token, publicKeyPem(createKey(new Random('other'))))).toBeUndefined();
  expect(verifyToken(`${header}.${other}.${signature}`, publicKeyPem(key))).toBeUndefined();
  expect(verifyToken('abc', publicKeyPem(key))).toBeUndefined();
});

test('a key file may hold several public keys, as during a rotation', () => {
  const next = createKey(new Random('next'));
  const both = publicKeyPem(next) + publicKeyPem(key);
  expect(verifyToken(signToken(claims, key), both)).toEqual(claims);
  expect(verifyToken(signToken(claims, next), both)).toEqual(claims);
});
