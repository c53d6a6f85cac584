/** ConfigMaps and Secrets from literals and files. */
import type { Call } from '../command.ts';
import { KubectlError } from '../errors.ts';

type Body = Record<string, unknown>;

export async function configMap(call: Call, name: string): Promise<Body> {
  const data = await dataOf(call, (key) => `"${key}" is not a valid key name for a ConfigMap`, `ConfigMap "${name}"`);
  return Object.keys(data).length > 0 ? { data } : {};
}

export async function genericSecret(call: Call, name: string): Promise<Body> {
  const data = await dataOf(call, (key) => `"${key}" is not valid key name for a Secret`, `Secret "${name}"`);
  const type = call.flags.string('type');
  return { ...(Object.keys(data).length > 0 ? { data: encoded(data) } : {}), ...(type ? { type } : {}) };
}

export async function tlsSecret(call: Call): Promise<Body> {
  const [cert, key] = [call.flags.string('cert'), call.flags.string('key')];
  if (!cert || !key) throw new KubectlError('key and cert must be specified');
  const [certificate, privateKey] = [await readOr(call, cert), await readOr(call, key)];
  if (!certificate.includes('-----BEGIN CERTIFICATE-----')) throw new KubectlError('tls: failed to find any PEM data in certificate input');
  return { data: encoded({ 'tls.crt': certificate, 'tls.key': privateKey }), type: 'kubernetes.io/tls' };
}

async function readOr({ environment: { files } }: Call, path: string): Promise<string> {
  if (!(await files.exists(path))) throw new KubectlError(`Cannot read file ${path}, open ${path}: no such file or directory`);
  return files.read(path);
}

export async function dockerSecret(call: Call): Promise<Body> {
  const { flags } = call;
  const [username, password, email, server] = ['docker-username', 'docker-password', 'docker-email', 'docker-server'].map((flag) => flags.string(flag));
  if (flags.list('from-file').length === 0 && (!username || !password)) throw new KubectlError('either --from-file or the combination of --docker-username, --docker-password and --docker-server is required');
  const entry = { username, password, ...(email ? { email } : {}), auth: base64(`${username}:${password}`) };
  const data = flags.list('from-file').length > 0 ? await dataOf(call, (key) => `"${key}" is not valid key name for a Secret`, 'Secret') : { '.dockerconfigjson': JSON.stringify({ auths: { [server!]: entry } }) };
  return { data: encoded(data), type: 'kubernetes.io/dockerconfigjson' };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function encoded(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
}

/** All sources together: literals, files, folders, files of `key=value` lines. Throws KubectlError. */
async function dataOf(call: Call, badKey: (key: string) => string, owner: string): Promise<Record<string, string>> {
  const { flags } = call;
  const files = flags.list('from-file');
  const envFiles = flags.has('from-env-file') ? flags.list('from-env-file') : [];
  const literals = flags.has('from-literal') ? flags.list('from-literal') : [];
  if (envFiles.length > 0 && files.length + literals.length > 0) throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  const data = new Map<string, string>();
  const add = (key: string, value: string) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) throw new KubectlError(`${badKey(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`);
    if (data.has(key)) throw new KubectlError(`cannot add key "${key}", another key by that name already exists in Data for ${owner}`);
    data.set(key, value);
  };
  for (const text of literals) add(...literal(text));
  for (const source of files) for (const [key, value] of await fileEntries(call, source)) add(key, value);
  for (const path of envFiles) for (const [key, value] of await envEntries(call, path)) add(key, value);
  return Object.fromEntries([...data].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function literal(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new KubectlError(`invalid literal source ${text}, expected key=value`);
  const value = text.slice(at + 1);
  return [text.slice(0, at), /^'[\s\S]*'$|^"[\s\S]*"$/.test(value) && value.length > 1 ? value.slice(1, -1) : value];
}

async function fileEntries({ environment: { files } }: Call, source: string): Promise<[string, string][]> {
  const at = source.indexOf('=');
  const path = source.slice(at + 1);
  if (at === 0) throw new KubectlError(`key name for file path ${path} missing`);
  if (!(await files.exists(path))) throw new KubectlError(`error reading ${path}: no such file or directory`);
  if (!(await files.isDirectory(path))) return [[at > 0 ? source.slice(0, at) : path.split('/').at(-1)!, await files.read(path)]];
  if (at > 0) throw new KubectlError('cannot give a key name for a directory path');
  const entries: [string, string][] = [];
  for (const name of await files.list(path)) {
    const file = `${path.replace(/\/$/, '')}/${name}`;
    if (!(await files.isDirectory(file)) && /^[-._a-zA-Z0-9]+$/.test(name)) entries.push([name, await files.read(file)]);
  }
  return entries;
}

async function envEntries({ environment: { files, env } }: Call, path: string): Promise<[string, string][]> {
  if (!(await files.exists(path))) throw new KubectlError(`open ${path}: no such file or directory`);
  const lines = (await files.read(path)).split('\n').map((line) => line.trimStart()).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [line, env[line] ?? ''] : [line.slice(0, at), line.slice(at + 1)];
  });
}
