import { describe, expect, test } from 'vitest';
import { createAuthority, createSigningRequest, issueCertificate, keyMatches, parseCertificate, parseSigningRequest, selfSign, signRequest, verifyCertificate } from '../../../src/cluster/pki/certificate.ts';
import { createKey } from '../../../src/cluster/pki/key.ts';
import { Random } from '../../../src/time/random.ts';

const NOW = Date.UTC(2026, 10, 23, 17, 0, 0);
const YEAR = 365 * 24 * 3_600_000;
const random = () => new Random('pki');
const ca = createAuthority('kubernetes', new Random('ca'), NOW);

function serving(altNames: string[], options: { notBeforeMs?: number; notAfterMs?: number } = {}) {
  return issueCertificate({ ca, commonName: 'kube-apiserver', altNames, usages: ['server auth'], notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: new Random('serving'), ...options });
}

test('a certificate carries its user and groups, and looks like PEM', () => {
  const pair = issueCertificate({ ca, commonName: 'jane', organizations: ['devs', 'ops'], usages: ['client auth'], notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: random() });
  expect(pair.certificate).toMatch(/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n$/);
  expect(parseCertificate(pair.certificate)).toMatchObject({ subject: { commonName: 'jane', organizations: ['devs', 'ops'] }, issuer: { commonName: 'kubernetes' }, notAfterMs: NOW + YEAR });
  expect(keyMatches(pair.certificate, pair.key)).toBe(true);
  expect(keyMatches(pair.certificate, ca.key)).toBe(false);
});

test('the same seed gives the same certificates', () => {
  expect(createAuthority('kubernetes', new Random('ca'), NOW)).toEqual(ca);
  expect(serving(['a']).certificate).toBe(serving(['a']).certificate);
});

describe('verification says what Go says', () => {
  const names = ['kubernetes', 'kubernetes.default', '*.example.com', '10.96.0.1', '172.18.0.2'];
  const cases: [string, () => string | undefined, string | undefined][] = [
    ['all is well', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW, { usage: 'server auth', host: 'kubernetes' }), undefined],
    ['an address in the certificate', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW, { host: '10.96.0.1' }), undefined],
    ['a wildcard', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW, { host: 'api.example.com' }), undefined],
    ['too late', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW + YEAR + 1000), 'x509: certificate has expired or is not yet valid: current time 2027-11-23T17:00:01Z is after 2027-11-23T17:00:00Z'],
    ['too early', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW - 1000), 'x509: certificate has expired or is not yet valid: current time 2026-11-23T16:59:59Z is before 2026-11-23T17:00:00Z'],
    ['another name', () => verifyCertificate(serving(['kubernetes', 'kubernetes.default']).certificate, ca.certificate, NOW, { host: 'example.org' }), 'x509: certificate is valid for kubernetes, kubernetes.default, not example.org'],
    ['another address', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW, { host: '10.0.0.9' }), 'x509: certificate is valid for 10.96.0.1, 172.18.0.2, not 10.0.0.9'],
    ['an address, but only names', () => verifyCertificate(serving(['kubernetes']).certificate, ca.certificate, NOW, { host: '10.0.0.9' }), "x509: cannot validate certificate for 10.0.0.9 because it doesn't contain any IP SANs"],
    ['no names at all', () => verifyCertificate(serving([]).certificate, ca.certificate, NOW, { host: 'kubernetes' }), 'x509: certificate relies on legacy Common Name field, use SANs instead'],
    ['the wrong usage', () => verifyCertificate(serving(names).certificate, ca.certificate, NOW, { usage: 'client auth' }), 'x509: certificate specifies an incompatible key usage'],
    ['another authority', () => verifyCertificate(serving(names).certificate, createAuthority('etcd-ca', random(), NOW).certificate, NOW), 'x509: certificate signed by unknown authority'],
    ['an authority of the same name', () => verifyCertificate(serving(names).certificate, createAuthority('kubernetes', new Random('rebuilt'), NOW).certificate, NOW), 'x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")'],
    ['no certificate', () => verifyCertificate('hello', ca.certificate, NOW), 'x509: malformed certificate'],
    ['an expired authority', () => verifyCertificate(serving(names, { notAfterMs: NOW + 20 * YEAR }).certificate, ca.certificate, NOW + 11 * YEAR), 'x509: certificate has expired or is not yet valid: current time 2037-11-20T17:00:00Z is after 2036-11-20T17:00:00Z'],
  ];
  test.each(cases)('%s', (_name, verify, expected) => expect(verify()).toBe(expected));
});

test('a bundle of authorities accepts what any of them signed', () => {
  const bundle = createAuthority('other', new Random('o'), NOW).certificate + ca.certificate;
  expect(verifyCertificate(serving(['a']).certificate, bundle, NOW)).toBeUndefined();
});

test('nobody can edit a certificate, nor sign with another key', () => {
  const jane = issueCertificate({ ca, commonName: 'jane', usages: ['client auth'], notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: random() });
  const body = Buffer.from(jane.certificate.replace(/-----[^-]+-----|\n/g, ''), 'base64').toString('utf8');
  const forged = `-----BEGIN CERTIFICATE-----\n${Buffer.from(body.replace('"organizations":[]', '"organizations":["system:masters"]')).toString('base64')}\n-----END CERTIFICATE-----\n`;
  expect(parseCertificate(forged)?.subject.organizations).toEqual(['system:masters']);
  expect(verifyCertificate(forged, ca.certificate, NOW)).toContain('unknown authority');
  const thief = issueCertificate({ ca: { certificate: ca.certificate, key: createKey(random()) }, commonName: 'root', notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: random() });
  expect(verifyCertificate(thief.certificate, ca.certificate, NOW)).toContain('unknown authority');
});

test('a leaf certificate is no authority', () => {
  const leaf = serving(['a']);
  const child = issueCertificate({ ca: leaf, commonName: 'child', notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: random() });
  expect(verifyCertificate(child.certificate, leaf.certificate, NOW)).toBe('x509: certificate signed by unknown authority');
});

test('a signing request becomes a certificate for the same key', () => {
  const key = createKey(new Random('jane'));
  const request = createSigningRequest(key, { commonName: 'jane', organizations: ['devs'] });
  expect(request).toContain('-----BEGIN CERTIFICATE REQUEST-----');
  expect(parseSigningRequest(request)).toMatchObject({ commonName: 'jane', organizations: ['devs'], altNames: [] });
  const certificate = signRequest({ ca, request, usages: ['client auth'], notBeforeMs: NOW, notAfterMs: NOW + 86_400_000, random: random() });
  expect(keyMatches(certificate, key)).toBe(true);
  expect(verifyCertificate(certificate, ca.certificate, NOW, { usage: 'client auth' })).toBeUndefined();
});

test('an authority can be made over a key that exists', () => {
  const own = selfSign({ key: createKey(random()), commonName: 'my-ca', notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: random() });
  const pair = issueCertificate({ ca: own, commonName: 'x', notBeforeMs: NOW, notAfterMs: NOW + YEAR, random: random() });
  expect(verifyCertificate(pair.certificate, own.certificate, NOW)).toBeUndefined();
});
