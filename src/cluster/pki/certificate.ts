/** X.509 as far as a cluster shows it: authorities, certificates, requests, and Go's words for what is wrong with them. */
import { sign, verify } from 'node:crypto';
import type { Random } from '../../time/random.ts';
import { createKey, publicKeyOf, remember, sha256, signatureKeyOf, signaturePublicKey, verifyingKey } from './key.ts';
import { parsePayload, pemBytes, pemDecode, pemEncode } from './pem.ts';
import { readCertificate, readRequest, writeCertificate } from './x509.ts';

export type CertificateUsage = 'client auth' | 'server auth';

/** PEM texts that belong together. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Subject {
  commonName: string;
  organizations: readonly string[];
}

export interface Certificate {
  serial: string;
  subject: Subject;
  issuer: Subject;
  /** DNS names and IP addresses, in order. */
  altNames: readonly string[];
  usages: readonly CertificateUsage[];
  isAuthority: boolean;
  /** Virtual milliseconds since the epoch, whole seconds. */
  notBeforeMs: number;
  notAfterMs: number;
  publicKey: string;
  /** What an authority's signatures are checked with. */
  signatureKey?: string;
  signature: string;
  /** What the signature is of, in base64: a real certificate, for a real key. */
  signedBytes?: string;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  fingerprint: string;
}

export interface CertificateRequest {
  commonName: string;
  organizations?: readonly string[];
  altNames?: readonly string[];
  usages?: readonly CertificateUsage[];
  notBeforeMs: number;
  notAfterMs: number;
}

/** kubeadm's validity of an authority. */
export const AUTHORITY_VALIDITY_MS = 10 * 365 * 24 * 3_600_000;
/** kubeadm's validity of everything else. */
export const CERTIFICATE_VALIDITY_MS = 365 * 24 * 3_600_000;

/** A self-signed authority valid for ten years (`kubernetes`, `etcd-ca`, `front-proxy-ca`). */
export function createAuthority(name: string, random: Random, nowMs: number): KeyPair {
  return selfSign({ key: createKey(random), commonName: name, notBeforeMs: nowMs, notAfterMs: nowMs + AUTHORITY_VALIDITY_MS, random });
}

/** A self-signed authority over an existing key, as `openssl req -x509` makes one. */
export function selfSign(options: CertificateRequest & { key: string; random: Random }): KeyPair {
  const subject = { commonName: options.commonName, organizations: [...(options.organizations ?? [])] };
  const signatureKey = signatureKeyOf(options.key);
  if (!signatureKey) throw new Error('selfSign: no private key in the given text');
  const body = bodyOf(options, subject, publicKeyOf(options.key)!, options.random);
  const certificate = signed({ ...body, isAuthority: true, signatureKey: signaturePublicKey(signatureKey) }, options.key);
  return { certificate, key: options.key };
}

/** A new key and a certificate for it, signed by `ca`. */
export function issueCertificate(options: CertificateRequest & { ca: KeyPair; random: Random }): KeyPair {
  const key = createKey(options.random);
  return { certificate: signFor(options, publicKeyOf(key)!), key };
}

/** The PEM of a CertificateSigningRequest (`spec.request` holds it in base64). Throws if there is no private key. */
export function createSigningRequest(key: string, subject: Subject, altNames: readonly string[] = []): string {
  const publicKey = publicKeyOf(key);
  if (publicKey === undefined) throw new Error('createSigningRequest: no private key in the given text');
  const { commonName, organizations } = subject;
  return pemEncode('CERTIFICATE REQUEST', JSON.stringify({ subject: { commonName, organizations }, altNames, publicKey }));
}

/** What a signing request asks for; undefined if it is none. `isReal`: made by a real tool, to be answered with a real certificate; `isGenuine`: by who has the key. */
export function parseSigningRequest(pem: string): (Subject & { altNames: readonly string[]; publicKey: string; isReal?: boolean; isGenuine?: boolean }) | undefined {
  const real = readRequest(pemBytes('CERTIFICATE REQUEST', pem)[0] ?? Buffer.alloc(0));
  if (real) return { ...real, isReal: true };
  const payload = pemDecode('CERTIFICATE REQUEST', pem)[0];
  const request = payload === undefined ? undefined : parsePayload(payload);
  const subject = subjectIn(request?.['subject']);
  const publicKey = request?.['publicKey'];
  if (!subject || typeof publicKey !== 'string') return undefined;
  return { ...subject, altNames: strings(request?.['altNames']), publicKey };
}

/** The certificate for a signing request, signed by `ca`, for the names that it asks for unless others are given. Throws if `request` is none. */
export function signRequest(options: { ca: KeyPair; request: string; altNames?: readonly string[]; usages: readonly CertificateUsage[]; notBeforeMs: number; notAfterMs: number; random: Random }): string {
  const request = parseSigningRequest(options.request);
  if (!request) throw new Error('signRequest: not a certificate request');
  return signFor({ ...options, ...request, altNames: options.altNames ?? request.altNames }, request.publicKey, request.isReal);
}

/** The first certificate in a PEM text, or undefined if there is none. */
export function parseCertificate(pem: string): Certificate | undefined {
  if (parsed.has(pem)) return parsed.get(pem);
  return remember(parsed, pem, decode(pemBytes('CERTIFICATE', pem)[0]));
}

/** True if the certificate was issued for this private key. */
export function keyMatches(certificatePem: string, keyPem: string): boolean {
  const certificate = parseCertificate(certificatePem);
  return certificate !== undefined && certificate.publicKey === publicKeyOf(keyPem);
}

/**
 * Checks a certificate against a bundle of authorities at a moment, in the order of Go's `Certificate.Verify`:
 * validity, name, chain, usage. Returns Go's error text, or undefined if all is well.
 */
export function verifyCertificate(certificatePem: string, caPem: string, nowMs: number, options: { usage?: CertificateUsage; host?: string } = {}): string | undefined {
  const certificate = parseCertificate(certificatePem);
  if (!certificate) return 'x509: malformed certificate';
  return (
    validityError(certificate, nowMs) ??
    (options.host === undefined ? undefined : hostError(certificate, options.host)) ??
    chainError(certificate, certificatePem, caPem, nowMs) ??
    usageError(certificate, options.usage)
  );
}

/** RFC 3339 in whole seconds, as Go prints times in UTC. */
export function formatSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

const parsed = new Map<string, Certificate | undefined>();
const authorities = new Map<string, readonly Certificate[]>();
const chains = new Map<string, Map<string, string | undefined>>();

type Body = Omit<Certificate, 'signature' | 'fingerprint' | 'issuer'> & { issuer: Subject };

function bodyOf(request: CertificateRequest, issuer: Subject, publicKey: string, random: Random): Body {
  const wholeSeconds = (ms: number) => Math.floor(ms / 1000) * 1000;
  return {
    serial: random.hex(16),
    subject: { commonName: request.commonName, organizations: [...(request.organizations ?? [])] },
    issuer,
    altNames: [...(request.altNames ?? [])],
    usages: [...(request.usages ?? [])],
    isAuthority: false,
    notBeforeMs: wholeSeconds(request.notBeforeMs),
    notAfterMs: wholeSeconds(request.notAfterMs),
    publicKey,
  };
}

function signFor(options: CertificateRequest & { ca: KeyPair; random: Random }, publicKey: string, isReal = false): string {
  const authority = parseCertificate(options.ca.certificate);
  if (!authority) throw new Error('issueCertificate: the authority has no certificate');
  const certificate = (isReal ? reallySigned : signed)(bodyOf(options, authority.subject, publicKey, options.random), options.ca.key);
  // What was just signed with the authority's own key needs no checking later.
  if (authority.isAuthority && keyMatches(options.ca.certificate, options.ca.key)) rememberChain(certificate, options.ca.certificate, undefined);
  return certificate;
}

function signed(body: Body, key: string): string {
  const signatureKey = signatureKeyOf(key);
  if (!signatureKey) throw new Error('issueCertificate: no private key in the given text');
  const signature = sign(null, Buffer.from(canonical(body)), signatureKey).toString('base64');
  return pemEncode('CERTIFICATE', JSON.stringify({ ...ordered(body), signature }));
}

function reallySigned({ subject, issuer, ...body }: Body, key: string): string {
  const signatureKey = signatureKeyOf(key);
  if (!signatureKey) throw new Error('issueCertificate: no private key in the given text');
  const plain = ({ commonName, organizations }: Subject) => ({ commonName, organizations: [...organizations] });
  return pemEncode('CERTIFICATE', writeCertificate({ ...body, subject: plain(subject), issuer: plain(issuer) }, signatureKey));
}

function canonical(body: Body): string {
  return JSON.stringify(ordered(body));
}

function ordered(body: Body): Body {
  const { serial, subject, issuer, altNames, usages, isAuthority, notBeforeMs, notAfterMs, publicKey, signatureKey } = body;
  return { serial, subject, issuer, altNames, usages, isAuthority, notBeforeMs, notAfterMs, publicKey, signatureKey };
}

function decode(bytes: Buffer | undefined): Certificate | undefined {
  const real = bytes && readCertificate(bytes);
  if (bytes && real) return { ...real, fingerprint: sha256(bytes) };
  const payload = bytes?.toString('utf8');
  const body = payload === undefined ? undefined : parsePayload(payload);
  const subject = subjectIn(body?.['subject']);
  const issuer = subjectIn(body?.['issuer']);
  const { serial, publicKey, signature, notBeforeMs, notAfterMs, signatureKey } = body ?? {};
  if (!subject || !issuer || typeof serial !== 'string' || typeof publicKey !== 'string' || typeof signature !== 'string') return undefined;
  if (typeof notBeforeMs !== 'number' || typeof notAfterMs !== 'number') return undefined;
  return {
    serial, subject, issuer, publicKey, signature, notBeforeMs, notAfterMs,
    altNames: strings(body?.['altNames']),
    usages: strings(body?.['usages']).filter((usage) => usage === 'client auth' || usage === 'server auth'),
    isAuthority: body?.['isAuthority'] === true,
    ...(typeof signatureKey === 'string' && { signatureKey }),
    fingerprint: sha256(payload ?? ''),
  };
}

function subjectIn(value: unknown): Subject | undefined {
  if (typeof value !== 'object' || value === null || !('commonName' in value) || typeof value.commonName !== 'string') return undefined;
  return { commonName: value.commonName, organizations: strings('organizations' in value ? value.organizations : []) };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function validityError(certificate: Certificate, nowMs: number): string | undefined {
  const expired = 'x509: certificate has expired or is not yet valid: current time';
  if (nowMs < certificate.notBeforeMs) return `${expired} ${formatSeconds(nowMs)} is before ${formatSeconds(certificate.notBeforeMs)}`;
  if (nowMs > certificate.notAfterMs) return `${expired} ${formatSeconds(nowMs)} is after ${formatSeconds(certificate.notAfterMs)}`;
  return undefined;
}

function hostError(certificate: Certificate, host: string): string | undefined {
  const addresses = certificate.altNames.filter(isAddress);
  const names = certificate.altNames.filter((name) => !isAddress(name));
  if (isAddress(host)) {
    if (addresses.includes(host)) return undefined;
    if (addresses.length === 0) return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
    return `x509: certificate is valid for ${addresses.join(', ')}, not ${host}`;
  }
  if (names.some((name) => nameMatches(name, host))) return undefined;
  if (certificate.altNames.length === 0) return 'x509: certificate relies on legacy Common Name field, use SANs instead';
  if (names.length === 0) return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${names.join(', ')}, not ${host}`;
}

function nameMatches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern.toLowerCase() === host.toLowerCase();
  const [, ...rest] = host.toLowerCase().split('.');
  return rest.join('.') === pattern.slice(2).toLowerCase();
}

function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(':');
}

function usageError(certificate: Certificate, usage: CertificateUsage | undefined): string | undefined {
  if (usage === undefined || certificate.usages.length === 0 || certificate.usages.includes(usage)) return undefined;
  return 'x509: certificate specifies an incompatible key usage';
}

function chainError(certificate: Certificate, certificatePem: string, caPem: string, nowMs: number): string | undefined {
  const known = chains.get(caPem);
  const error = known?.has(certificatePem) ? known.get(certificatePem) : rememberChain(certificatePem, caPem, signatureError(certificate, caPem));
  if (error !== undefined) return error;
  const authority = authoritiesIn(caPem).find((ca) => ca.subject.commonName === certificate.issuer.commonName);
  return authority && validityError(authority, nowMs);
}

function rememberChain(certificatePem: string, caPem: string, error: string | undefined): string | undefined {
  const known = chains.get(caPem) ?? remember(chains, caPem, new Map<string, string | undefined>());
  return remember(known, certificatePem, error);
}

function signatureError(certificate: Certificate, caPem: string): string | undefined {
  const unknown = 'x509: certificate signed by unknown authority';
  const { signature, fingerprint: _, signedBytes, ...body } = certificate;
  const signedOver = signedBytes === undefined ? Buffer.from(canonical(body)) : Buffer.from(signedBytes, 'base64');
  let candidate: Certificate | undefined;
  for (const authority of authoritiesIn(caPem)) {
    if (authority.subject.commonName !== certificate.issuer.commonName || authority.signatureKey === undefined) continue;
    const key = verifyingKey(authority.signatureKey);
    if (key && verify(null, signedOver, key, Buffer.from(signature, 'base64'))) return undefined;
    candidate = authority;
  }
  if (!candidate) return unknown;
  // The most confusing message after a cluster was rebuilt: the right name, another key.
  return `${unknown} (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "${candidate.subject.commonName}")`;
}

function authoritiesIn(caPem: string): readonly Certificate[] {
  return authorities.get(caPem) ?? remember(authorities, caPem, pemBytes('CERTIFICATE', caPem).map(decode).filter((ca): ca is Certificate => ca?.isAuthority === true));
}
