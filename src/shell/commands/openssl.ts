/** openssl, as far as keys, requests and certificates are made and looked at with it. */
import { type CertificateUsage, createSigningRequest, type KeyPair, parseCertificate, parseSigningRequest, selfSign, signRequest, verifyCertificate } from '../../cluster/pki/certificate.ts';
import { createKey } from '../../cluster/pki/key.ts';
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import { failed, type Result, said } from './result.ts';

export interface OpensslCall { world: World; cwd: string; stdin: string; read(path: string): Promise<string>; write(path: string, text: string): Promise<void> }

/** One command line, its options read. */
interface Line { readonly valued: ReadonlyMap<string, string>; readonly plain: ReadonlySet<string>; readonly words: readonly string[]; readonly random: Random }

type Name = { commonName: string; organizations: readonly string[] };

const DAY_MS = 86_400_000;
const VALUED = new Set('in out keyout key subj days newkey addext config set_serial CA CAkey CAfile extfile extensions copy_extensions algorithm pkeyopt passin passout'.split(' '));
const PLAIN: Readonly<Record<string, string>> = {
  genrsa: 'traditional', genpkey: '', rand: 'base64 hex', verify: '',
  req: 'new x509 nodes noenc sha256 batch noout text verify subject',
  x509: 'req noout text dates subject issuer startdate enddate CAcreateserial sha256 fingerprint',
};
const COMMANDS: Readonly<Record<string, (line: Line, call: OpensslCall) => Promise<Result> | Result>> = {
  rand, genrsa: newKey, genpkey: newKey, req: (line, call) => (line.plain.has('x509') ? selfSigned(line, call) : line.valued.has('in') || !line.plain.has('new') ? showRequest(line, call) : newRequest(line, call)),
  x509: (line, call) => (line.plain.has('req') ? signedRequest(line, call) : showCertificate(line, call)), verify,
};

/** Runs one openssl command. */
export async function openssl([command = '', ...args]: readonly string[], call: OpensslCall): Promise<Result> {
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!run) return failed(`openssl: ${command ? `'${command}' is not modelled` : 'a command is needed'}; there are ${Object.keys(COMMANDS).sort().join(', ')}\n`);
  const [valued, plain, words] = [new Map<string, string>(), new Set<string>(), [] as string[]];
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.replace(/^--?/, '');
    if (!args[i]!.startsWith('-')) words.push(args[i]!);
    else if (VALUED.has(name)) valued.set(name, args[++i] ?? '');
    else if (PLAIN[command]!.split(' ').includes(name)) plain.add(name);
    else return failed(`${command}: Unknown option: -${name}\n${command}: Use -help for summary.\n`);
  }
  try {
    return await run({ valued, plain, words, random: call.world.random.fork(`openssl ${call.world.clock.now()} ${args.join(' ')}`) }, call);
  } catch (error) {
    if (error instanceof Unusable) return failed(`${error.message}\n`);
    throw error;
  }
}

/** A file that is not what the command needs. */
class Unusable extends Error {}

function rand({ plain, words, random }: Line): Result {
  const bytes = Buffer.from(Array.from({ length: Number(words.at(-1)) || 32 }, () => random.int(256)));
  return said(`${bytes.toString(plain.has('hex') ? 'hex' : 'base64')}\n`);
}

function newKey(line: Line, call: OpensslCall): Promise<Result> {
  return given(line, call, createKey(line.random));
}

/** The text into `-out`, or onto the screen. */
async function given({ valued }: Line, { write }: OpensslCall, text: string, stderr = ''): Promise<Result> {
  const out = valued.get('out');
  if (out !== undefined) await write(out, text);
  return { stdout: out === undefined ? text : '', stderr, exitCode: 0 };
}

async function fileOf({ valued }: Line, { read, stdin }: OpensslCall, flag: string, what: string): Promise<string> {
  const path = valued.get(flag) ?? '';
  if (flag === 'in' && path === '') return stdin;
  try {
    return await read(path);
  } catch {
    throw new Unusable(`Could not open file or uri for loading ${what} from ${path}: No such file or directory`);
  }
}

function subjectOf({ valued }: Line): Name & { altNames: readonly string[] } {
  const parts = [...(valued.get('subj') ?? '').matchAll(/\/(\w+)=([^/]*)/g)];
  const of = (key: string) => parts.filter(([, name]) => name === key).map(([, , text]) => text!);
  return { commonName: of('CN')[0] ?? '', organizations: of('O'), altNames: altNamesIn(valued.get('addext') ?? '') };
}

/** Of an extension or a file of them: `subjectAltName=DNS:a,IP:b`, or `@names` with `DNS.1 = a` in that section. */
function altNamesIn(text: string): string[] {
  const [, list = ''] = /subjectAltName\s*=\s*(.*)/.exec(text) ?? [];
  if (list.startsWith('@')) return [...text.matchAll(/^\s*(?:DNS|IP)(?:\.\d+)?\s*=\s*(\S+)/gm)].map(([, name]) => name!);
  return list.split(',').map((name) => name.trim().replace(/^(DNS|IP):/, '')).filter(Boolean);
}

/** The key that is given, or a new one, written where it is wanted. */
async function keyFor(line: Line, call: OpensslCall): Promise<string> {
  if (line.valued.has('key')) return fileOf(line, call, 'key', 'private key');
  const key = createKey(line.random);
  await call.write(line.valued.get('keyout') ?? 'privkey.pem', key);
  return key;
}

async function selfSigned(line: Line, call: OpensslCall): Promise<Result> {
  const key = await keyFor(line, call);
  const nowMs = call.world.clock.now();
  const { certificate } = selfSign({ key, ...subjectOf(line), notBeforeMs: nowMs, notAfterMs: nowMs + daysMs(line), random: line.random });
  return given(line, call, certificate, '-----\n');
}

async function newRequest(line: Line, call: OpensslCall): Promise<Result> {
  const { altNames, ...subject } = subjectOf(line);
  return given(line, call, createSigningRequest(await keyFor(line, call), subject, altNames), line.valued.has('key') ? '' : '-----\n');
}

async function showRequest(line: Line, call: OpensslCall): Promise<Result> {
  const request = parseSigningRequest(await fileOf(line, call, 'in', 'certificate request'));
  if (!request) throw new Unusable('Unable to load X509 request');
  return said(line.plain.has('text') ? `Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: ${nameText(request)}\n${altText(request.altNames)}` : `subject=${nameText(request)}\n`);
}

async function signedRequest(line: Line, call: OpensslCall): Promise<Result> {
  const request = await fileOf(line, call, 'in', 'certificate request');
  const subject = parseSigningRequest(request);
  if (!subject) throw new Unusable('Unable to load X509 request');
  const ca: KeyPair = { certificate: await fileOf(line, call, 'CA', 'CA certificate'), key: await fileOf(line, call, 'CAkey', 'CA private key') };
  if (!parseCertificate(ca.certificate)) throw new Unusable(`Could not find certificate from ${line.valued.get('CA')}`);
  const nowMs = call.world.clock.now();
  const usages: CertificateUsage[] = ['client auth', 'server auth']; // without an extended key usage a certificate is good for anything
  // What a request asks for is not copied unless that is said.
  const names = altNamesIn(line.valued.has('extfile') ? await fileOf(line, call, 'extfile', 'extensions') : '');
  const altNames = line.valued.get('copy_extensions')?.startsWith('copy') ? [...new Set([...subject.altNames, ...names])] : names;
  return given(line, call, signRequest({ ca, request, altNames, usages, notBeforeMs: nowMs, notAfterMs: nowMs + daysMs(line), random: line.random }), `Certificate request self-signature ok\nsubject=${nameText(subject)}\n`);
}

function daysMs({ valued }: Line): number {
  return Number(valued.get('days') ?? 30) * DAY_MS;
}

async function showCertificate(line: Line, call: OpensslCall): Promise<Result> {
  const certificate = parseCertificate(await fileOf(line, call, 'in', 'certificate'));
  if (!certificate) throw new Unusable(`Could not find certificate from ${line.valued.get('in')}`);
  const { subject, issuer, notBeforeMs, notAfterMs, altNames } = certificate;
  const [start, end] = [`notBefore=${dateText(notBeforeMs)}`, `notAfter=${dateText(notAfterMs)}`];
  const lines: readonly (readonly [flag: string, line: string])[] = [['subject', `subject=${nameText(subject)}`], ['issuer', `issuer=${nameText(issuer)}`], ['dates', `${start}\n${end}`], ['startdate', start], ['enddate', end], ['fingerprint', `sha256 Fingerprint=${certificate.fingerprint}`]];
  const asked = lines.filter(([flag]) => line.plain.has(flag)).map(([, text]) => text);
  if (asked.length > 0 && !line.plain.has('text')) return said(`${asked.join('\n')}\n`);
  return said(`Certificate:\n    Data:\n        Issuer: ${nameText(issuer)}\n        Validity\n            Not Before: ${dateText(notBeforeMs)}\n            Not After : ${dateText(notAfterMs)}\n        Subject: ${nameText(subject)}\n${altText(altNames)}`);
}

async function verify(line: Line, call: OpensslCall): Promise<Result> {
  const [path = ''] = line.words;
  const problem = verifyCertificate(await call.read(path), await fileOf(line, call, 'CAfile', 'certificates'), call.world.clock.now());
  return problem === undefined ? said(`${path}: OK\n`) : { stdout: '', stderr: `error ${path}: verification failed: ${problem}\n`, exitCode: 2 };
}

function nameText({ commonName, organizations }: Name): string {
  return [...organizations.map((organization) => `O = ${organization}`), `CN = ${commonName}`].join(', ');
}

function altText(names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.map((name) => (/^[\d.]+$|:/.test(name) ? `IP Address:${name}` : `DNS:${name}`));
  return `            X509v3 Subject Alternative Name: \n                ${shown.join(', ')}\n`;
}

/** `Jan  5 09:00:00 2026 GMT` */
function dateText(ms: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) (.*) GMT$/.exec(new Date(ms).toUTCString()) ?? [];
  return `${month} ${String(Number(day)).padStart(2)} ${time} ${year} GMT`;
}
