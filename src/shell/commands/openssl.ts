/** openssl, as far as certificates are made and looked at with it. */
import { parseCertificate, selfSign } from '../../cluster/pki/certificate.ts';
import { createKey } from '../../cluster/pki/key.ts';
import type { World } from '../../time/simulation.ts';
import { failed, type Result, said } from './result.ts';

export interface OpensslCall { world: World; cwd: string; read(path: string): Promise<string>; write(path: string, text: string): Promise<void> }

const DAY_MS = 86_400_000;
const WITH_VALUE = ['-in', '-out', '-keyout', '-key', '-subj', '-days', '-newkey', '-addext', '-config', '-set_serial', '-CA', '-CAkey'];

/** `openssl req -x509 …`, `openssl x509 -in …`, `openssl rand -base64 N`. */
export async function openssl([command = '', ...args]: readonly string[], call: OpensslCall): Promise<Result> {
  const value = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  if (command === 'rand' && args.includes('-base64')) return said(`${Buffer.from(Array.from({ length: Number(args.at(-1)) || 32 }, (_, i) => (i * 73 + call.cwd.length * 31) % 256)).toString('base64')}\n`);
  if (command === 'req' && args.includes('-x509')) return selfSigned(args, value, call);
  const path = value('-in');
  if (command === 'x509' && path) return show(path, args, call);
  return failed('openssl: only `openssl req -x509 -newkey rsa:2048 -nodes -keyout FILE -out FILE -subj /CN=NAME [-addext subjectAltName=DNS:NAME]`, `openssl x509 -in FILE [-noout -text|-dates|-subject|-issuer]` and `openssl rand -base64 N` are modelled\n');
}

async function selfSigned(args: readonly string[], value: (flag: string) => string | undefined, { world, read, write }: OpensslCall): Promise<Result> {
  const unknown = args.find((arg, i) => arg.startsWith('-') && !WITH_VALUE.includes(arg) && !['-x509', '-nodes', '-noenc', '-new', '-sha256', '-batch'].includes(arg) && !WITH_VALUE.includes(args[i - 1] ?? ''));
  if (unknown) return failed(`req: Unknown option or cipher: ${unknown.slice(1)}\n`);
  const subject = [...(value('-subj') ?? '').matchAll(/\/(\w+)=([^/]*)/g)];
  const of = (key: string) => subject.filter(([, name]) => name === key).map(([, , text]) => text!);
  const altNames = /subjectAltName\s*=\s*(.*)/.exec(value('-addext') ?? '')?.[1]?.split(',').map((name) => name.trim().replace(/^(DNS|IP):/, '')) ?? [];
  const random = world.random.fork(`openssl ${world.clock.now()}`);
  const key = value('-key') ? await read(value('-key')!) : createKey(random);
  const nowMs = world.clock.now();
  const pair = selfSign({ key, commonName: of('CN')[0] ?? '', organizations: of('O'), altNames, notBeforeMs: nowMs, notAfterMs: nowMs + Number(value('-days') ?? 30) * DAY_MS, random });
  if (!value('-key')) await write(value('-keyout') ?? 'privkey.pem', pair.key);
  if (value('-out')) await write(value('-out')!, pair.certificate);
  return { stdout: value('-out') ? '' : pair.certificate, stderr: '-----\n', exitCode: 0 };
}

async function show(path: string, args: readonly string[], { read }: OpensslCall): Promise<Result> {
  const certificate = parseCertificate(await read(path));
  if (!certificate) return failed('Could not read certificate from file\n');
  const { subject, issuer, notBeforeMs, notAfterMs, altNames } = certificate;
  const name = (who: { commonName: string; organizations: readonly string[] }) => [...who.organizations.map((o) => `O = ${o}`), `CN = ${who.commonName}`].join(', ');
  const date = (ms: number) => new Date(ms).toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (.*) GMT$/, '$2 $1 $4 $3 GMT');
  const lines: [flag: string, line: string][] = [['-subject', `subject=${name(subject)}`], ['-issuer', `issuer=${name(issuer)}`], ['-dates', `notBefore=${date(notBeforeMs)}\nnotAfter=${date(notAfterMs)}`], ['-enddate', `notAfter=${date(notAfterMs)}`]];
  const asked = lines.filter(([flag]) => args.includes(flag)).map(([, line]) => line);
  if (asked.length > 0 && !args.includes('-text')) return said(`${asked.join('\n')}\n`);
  return said([...lines.slice(0, 3).map(([, line]) => line), ...(altNames.length ? [`X509v3 Subject Alternative Name: ${altNames.join(', ')}`] : []), ''].join('\n'));
}
