/** Real X.509: requests that a real openssl has made, and the certificates that a cluster's authority signs for them. */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { bits, der, DerError, type DerValue, inside, integer, octets, oid, readAll, sequence, setOf, time, utf8, yes } from './der.ts';

const ED25519 = sequence(oid('1.3.101.112'));
const COMMON_NAME = oid('2.5.4.3');
const ORGANIZATION = oid('2.5.4.10');
const ALT_NAME = oid('2.5.29.17');
const KEY_USAGE = oid('2.5.29.15');
const EXTENDED_USAGE = oid('2.5.29.37');
const CONSTRAINTS = oid('2.5.29.19');
const EXTENSION_REQUEST = oid('1.2.840.113549.1.9.14');
const USAGES = { 'server auth': oid('1.3.6.1.5.5.7.3.1'), 'client auth': oid('1.3.6.1.5.5.7.3.2') };
/** Signature algorithms of requests, by the last part of their object identifier. */
const HASHES: Readonly<Record<string, string | null>> = {
  [oid('1.2.840.113549.1.1.11').toString('hex')]: 'sha256', [oid('1.2.840.113549.1.1.12').toString('hex')]: 'sha384', [oid('1.2.840.113549.1.1.13').toString('hex')]: 'sha512',
  [oid('1.2.840.10045.4.3.2').toString('hex')]: 'sha256', [oid('1.2.840.10045.4.3.3').toString('hex')]: 'sha384', [oid('1.2.840.10045.4.3.4').toString('hex')]: 'sha512', [oid('1.3.101.112').toString('hex')]: null,
};

export interface RealSubject { commonName: string; organizations: string[] }

/** What a request asks for; `publicKey` is a SubjectPublicKeyInfo in base64. */
export interface RealRequest extends RealSubject { altNames: string[]; publicKey: string; /** Whether who made it has the key. */ isGenuine: boolean }

/** What a certificate says, with the bytes that its signature is of. */
export interface RealCertificate { serial: string; subject: RealSubject; issuer: RealSubject; altNames: string[]; usages: ('client auth' | 'server auth')[]; isAuthority: boolean; notBeforeMs: number; notAfterMs: number; publicKey: string; signature: string; signedBytes: string }

/** A PKCS#10 request; undefined for anything else. */
export function readRequest(bytes: Buffer): RealRequest | undefined {
  return orNothing(() => {
    const [info, algorithm, signature] = inside(readAll(bytes)[0]);
    const [, subject, publicKey, attributes] = inside(info);
    const requested = (attributes ? readAll(attributes.content) : []).map((attribute) => inside(attribute)).find(([type]) => is(type, EXTENSION_REQUEST));
    const extensions = requested ? inside(inside(requested[1], 0x31)[0]) : [];
    return { ...subjectIn(subject), altNames: altNamesIn(extensions), publicKey: publicKey!.bytes.toString('base64'), isGenuine: isSigned(info!, algorithm, signature, publicKey!) };
  });
}

/** A certificate in DER; undefined for anything else. */
export function readCertificate(bytes: Buffer): RealCertificate | undefined {
  return orNothing(() => {
    const [body, , signature] = inside(readAll(bytes)[0]);
    const [, serial, , issuer, validity, subject, publicKey, ...rest] = inside(body);
    const wrapped = rest.find(({ tag }) => tag === 0xa3);
    const extensions = wrapped ? inside(inside(wrapped, 0xa3)[0]) : [];
    const [notBefore, notAfter] = inside(validity);
    return {
      serial: serial!.content.toString('hex'), subject: subjectIn(subject), issuer: subjectIn(issuer), altNames: altNamesIn(extensions), usages: usagesIn(extensions), isAuthority: is(inside(extension(extensions, CONSTRAINTS) ?? EMPTY)[0], yes),
      notBeforeMs: timeOf(notBefore), notAfterMs: timeOf(notAfter), publicKey: publicKey!.bytes.toString('base64'), signature: signature!.content.subarray(1).toString('base64'), signedBytes: body!.bytes.toString('base64'),
    };
  });
}

/** A certificate in DER, signed with an authority's Ed25519 key. */
export function writeCertificate(what: { serial: string; subject: RealSubject; issuer: RealSubject; altNames: readonly string[]; usages: readonly ('client auth' | 'server auth')[]; notBeforeMs: number; notAfterMs: number; publicKey: string }, key: KeyObject): Buffer {
  const extensions = [
    extensionOf(KEY_USAGE, bits(Buffer.from([0b1010_0000]), 5), true), ...(what.usages.length > 0 ? [extensionOf(EXTENDED_USAGE, sequence(...what.usages.map((usage) => USAGES[usage])))] : []),
    extensionOf(CONSTRAINTS, sequence(), true), ...(what.altNames.length > 0 ? [extensionOf(ALT_NAME, sequence(...what.altNames.map(generalName)))] : []),
  ];
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))), integer(Buffer.from(what.serial, 'hex')), ED25519, nameOf(what.issuer), sequence(time(what.notBeforeMs), time(what.notAfterMs)), nameOf(what.subject),
    Buffer.from(what.publicKey, 'base64'), der(0xa3, sequence(...extensions)),
  );
  return sequence(body, ED25519, bits(sign(null, body, key)));
}

export function nameOf({ commonName, organizations }: { commonName: string; organizations: readonly string[] }): Buffer {
  const part = (type: Buffer, text: string) => setOf(sequence(type, utf8(text)));
  return sequence(...organizations.map((organization) => part(ORGANIZATION, organization)), part(COMMON_NAME, commonName));
}

export function extensionOf(type: Buffer, value: Buffer, isCritical = false): Buffer {
  return sequence(type, ...(isCritical ? [yes] : []), octets(value));
}

/** A host name or an address as a subject's alternative name. */
export function generalName(host: string): Buffer {
  if (/^\d+(\.\d+){3}$/.test(host)) return der(0x87, Buffer.from(host.split('.').map(Number)));
  return host.includes(':') ? der(0x87, addressV6(host)) : der(0x82, Buffer.from(host));
}

const EMPTY: DerValue = { tag: 0x30, content: Buffer.alloc(0), bytes: Buffer.alloc(0) };

function is(value: DerValue | undefined, bytes: Buffer): boolean { return value?.bytes.equals(bytes) ?? false; }

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function subjectIn(name: DerValue | undefined): RealSubject {
  const parts = inside(name).flatMap((set) => inside(set, 0x31)).map((part) => inside(part));
  const texts = (type: Buffer) => parts.filter(([oidOf]) => is(oidOf, type)).map(([, text]) => textOf(text));
  return { commonName: texts(COMMON_NAME).at(-1) ?? '', organizations: texts(ORGANIZATION) };
}

/** UTF8String, PrintableString, IA5String; T61String and BMPString of old. */
function textOf(value: DerValue | undefined): string {
  if (value?.tag === 0x1e) return Buffer.from(value.content).swap16().toString('utf16le');
  return value?.content.toString(value.tag === 0x14 ? 'latin1' : 'utf8') ?? '';
}

/** What an extension holds. */
function extension(extensions: readonly DerValue[], type: Buffer): DerValue | undefined {
  const found = extensions.map((each) => inside(each)).find(([oidOf]) => is(oidOf, type));
  return found && readAll(found.at(-1)!.content)[0];
}

function altNamesIn(extensions: readonly DerValue[]): string[] {
  const names = extension(extensions, ALT_NAME);
  return (names ? inside(names) : []).flatMap(({ tag, content }) => (tag === 0x82 ? [content.toString('latin1')] : tag === 0x87 ? [addressOf(content)] : []));
}

function usagesIn(extensions: readonly DerValue[]): ('client auth' | 'server auth')[] {
  const found = extension(extensions, EXTENDED_USAGE);
  const all = found ? inside(found) : [];
  return (['client auth', 'server auth'] as const).filter((usage) => all.some((each) => is(each, USAGES[usage])));
}

function timeOf(value: DerValue | undefined): number {
  const digits = value?.content.toString('latin1') ?? '';
  const [, year = '', month, day, hour, minute, second] = (value?.tag === 0x17 ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(digits) ?? [];
  const century = value?.tag === 0x17 ? (Number(year) < 50 ? '20' : '19') : '';
  const ms = Date.parse(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms)) throw new DerError('malformed time');
  return ms;
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = (bytes.toString('hex').match(/.{4}/g) ?? []).map((group) => group.replace(/^0+(?=.)/, ''));
  return groups.join(':').replace(/\b0(:0)+\b/, '').replace(/^:?$|^:(?!:)|(?<!:):$/, '::');
}

function addressV6(host: string): Buffer {
  const [head = '', tail] = host.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const [before, after] = [groups(head), groups(tail ?? '')];
  const all = tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function isSigned(info: DerValue, algorithm: DerValue | undefined, signature: DerValue | undefined, publicKey: DerValue): boolean {
  const hash = HASHES[inside(algorithm)[0]?.bytes.toString('hex') ?? ''];
  if (hash === undefined || !signature) return false;
  try {
    return verify(hash, info.bytes, createPublicKey({ key: publicKey.bytes, format: 'der', type: 'spki' }), signature.content.subarray(1));
  } catch {
    return false; // a key that is none
  }
}
