/** Real certificates for the HTTPS face: an authority of its own and what it signs, all on P-256. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, der, integer, octets, oid, sequence, time, yes } from '../cluster/pki/der.ts';
import { extensionOf, generalName, nameOf } from '../cluster/pki/x509.ts';

export interface Pair { /** PEM */ certificate: string; /** PEM */ key: string }

/** An authority that can sign. */
export interface Authority extends Pair { issue(request: CertificateRequest): Pair }

interface CertificateRequest { commonName: string; organizations?: readonly string[]; /** Host names and addresses; with any it is a server's certificate, else a client's. */ hosts?: readonly string[] }

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const DAY_MS = 24 * 3_600_000;

/** A fresh authority, valid for ten years from `nowMs` on (real time); with `kept` one that was made before. */
export function createAuthority(commonName: string, nowMs: number, kept?: Pair): Authority {
  const privateKey = kept ? createPrivateKey(kept.key) : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicKey = createPublicKey(privateKey);
  const keyId = idOf(publicKey);
  const issuer = nameOf({ commonName, organizations: [] });
  const validity = sequence(time(nowMs - DAY_MS), time(nowMs + 3650 * DAY_MS));
  const signed = (subject: Buffer, key: KeyObject, extensions: Buffer[]): string => {
    const body = sequence(
      der(0xa0, integer(Buffer.from([2]))), integer(Buffer.from([1, ...randomBytes(15)])), ECDSA_SHA256, issuer, validity, subject,
      key.export({ format: 'der', type: 'spki' }), der(0xa3, sequence(...extensions, extensionOf(oid('2.5.29.14'), octets(idOf(key))), extensionOf(oid('2.5.29.35'), sequence(der(0x80, keyId))))),
    );
    return pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(sign('sha256', body, privateKey))));
  };
  const isAuthority = [extensionOf(oid('2.5.29.19'), sequence(yes), true), extensionOf(oid('2.5.29.15'), bits(Buffer.from([0b1000_0110]), 1), true)];
  return {
    certificate: kept?.certificate ?? signed(issuer, publicKey, isAuthority), key: keyPem(privateKey),
    issue({ commonName: name, organizations = [], hosts = [] }) {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const usage = hosts.length > 0 ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2';
      const extensions = [extensionOf(oid('2.5.29.19'), sequence(), true), extensionOf(oid('2.5.29.15'), bits(Buffer.from([0b1000_0000]), 7), true), extensionOf(oid('2.5.29.37'), sequence(oid(usage)))];
      if (hosts.length > 0) extensions.push(extensionOf(oid('2.5.29.17'), sequence(...hosts.map(generalName))));
      return { certificate: signed(nameOf({ commonName: name, organizations }), own.publicKey, extensions), key: keyPem(own.privateKey) };
    },
  };
}

function idOf(key: KeyObject): Buffer {
  return createHash('sha1').update(key.export({ format: 'der', type: 'spki' })).digest();
}

function keyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function pem(label: string, data: Buffer): string {
  return `-----BEGIN ${label}-----\n${data.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;
}
