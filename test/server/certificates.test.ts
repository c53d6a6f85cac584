/** Keys and requests of a real openssl: the cluster signs them, and who has the key comes in. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCertificate, parseSigningRequest } from '../../src/cluster/pki/certificate.ts';
import { exchange, type Served, served, until } from './scene.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kube-quest-csr-'));
let at: Served;
beforeAll(async () => { at = await served(); });
afterAll(async () => { await at.door.close(); rmSync(folder, { recursive: true, force: true }); });

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }).toString();
const send = async (path: string, method: string, body: object) => exchange(at, path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

/** Asks for a certificate, approves it and waits for it. */
async function signed(name: string, csr: string, spec: object = {}): Promise<string> {
  const made = await send(CSRS, 'POST', { metadata: { name }, spec: { request: Buffer.from(csr).toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], ...spec } });
  expect(made.status).toBe(201);
  const object = JSON.parse(made.text) as { status: object };
  await send(`${CSRS}/${name}/approval`, 'PUT', { ...object, status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test', message: '' }] } });
  const read = async () => (JSON.parse((await exchange(at, `${CSRS}/${name}`)).text) as { status: { certificate?: string } }).status.certificate;
  await until(`${name} is signed`, async () => (await read()) !== undefined);
  return Buffer.from((await read())!, 'base64').toString();
}

function whoAmI(cert: string, key: string): Promise<{ status: number; text: string }> {
  const { server = '', caData = '' } = at.config.getCurrentCluster() ?? {};
  return new Promise((resolve, reject) => {
    const sent = request(`${server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, { method: 'POST', ca: Buffer.from(caData, 'base64'), cert, key, agent: false, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end('{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}');
  });
}

describe.skipIf(!hasOpenssl)('with an openssl on the PATH (skipped where there is none)', () => {
  test.each([
    ['rsa', ['genrsa', '-out', 'rsa.key', '2048'], []], ['traditional', ['genrsa', '-traditional', '-out', 'traditional.key', '2048'], ['-text']],
    ['curve', ['ecparam', '-name', 'prime256v1', '-genkey', '-out', 'curve.key'], []], ['ed25519', ['genpkey', '-algorithm', 'ed25519', '-out', 'ed25519.key'], []],
  ])('a key of the kind %s gets a certificate and comes in with it', async (name, generate, more) => {
    openssl(...generate);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/O=dev/O=shop/CN=${name}`, '-out', `${name}.csr`, ...more);
    const certificate = await signed(name, readFileSync(join(folder, `${name}.csr`), 'utf8'));
    writeFileSync(join(folder, `${name}.crt`), certificate);
    expect(openssl('x509', '-in', `${name}.crt`, '-noout', '-subject', '-issuer', '-pubkey')).toBe(`subject=O = dev, O = shop, CN = ${name}\nissuer=CN = kubernetes\n${openssl('pkey', '-in', `${name}.key`, '-pubout')}`);
    const answer = await whoAmI(certificate, readFileSync(join(folder, `${name}.key`), 'utf8'));
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).toMatchObject({ status: { userInfo: { username: name, groups: ['dev', 'shop', 'system:authenticated'] } } });
  });

  test('names, limits and lies in requests are seen', async () => {
    openssl('genrsa', '-out', 'a.key', '2048');
    openssl('req', '-new', '-key', 'a.key', '-subj', '/CN=a', '-addext', 'subjectAltName=DNS:a.example,IP:10.0.0.1,IP:fd00::1', '-out', 'a.csr');
    const csr = readFileSync(join(folder, 'a.csr'), 'utf8');
    expect(parseSigningRequest(csr)).toMatchObject({ commonName: 'a', altNames: ['a.example', '10.0.0.1', 'fd00::1'], isGenuine: true });
    const bytes = Buffer.from(csr.replace(/-----.*-----/g, ''), 'base64');
    bytes[bytes.length - 1]! ^= 1;
    expect(parseSigningRequest(`-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`)).toMatchObject({ isGenuine: false });
    for (let length = 0; length < bytes.length; length += 7) expect(parseSigningRequest(`-----BEGIN CERTIFICATE REQUEST-----\n${bytes.subarray(0, length).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`)).toBeUndefined();
    const { notAfterMs = 0, notBeforeMs = 0, altNames } = parseCertificate(await signed('short', csr, { expirationSeconds: 600 }))!;
    expect(altNames).toEqual(['a.example', '10.0.0.1', 'fd00::1']);
    expect(notAfterMs - notBeforeMs).toBe((600 + 300) * 1000);
  });

  test('a certificate that somebody else has signed in the cluster\'s name is nobody\'s', async () => {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'false-ca.key', '-subj', '/CN=kubernetes', '-out', 'false-ca.crt');
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'x.key', '-subj', '/O=system:masters/CN=x', '-out', 'x.csr');
    openssl('x509', '-req', '-in', 'x.csr', '-CA', 'false-ca.crt', '-CAkey', 'false-ca.key', '-CAcreateserial', '-out', 'x.crt');
    expect((await whoAmI(readFileSync(join(folder, 'x.crt'), 'utf8'), readFileSync(join(folder, 'x.key'), 'utf8'))).status).toBe(401);
  });
});
