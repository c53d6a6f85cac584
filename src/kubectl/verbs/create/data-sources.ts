/** --from-literal, --from-file and --from-env-file: keys and values for ConfigMaps and Secrets. */
import { createHash } from 'node:crypto';
import { configKeyErrors } from '../../../cluster/api/names.ts';
import type { Call } from '../../command.ts';
import { KubectlError } from '../../errors.ts';
import { goJson } from '../../printers/json.ts';

/** A value as text, or as bytes when it is no UTF-8. */
export type Datum = string | Uint8Array;

/** How complaints name the object. */
export interface DataRules { invalidKey(key: string, why: readonly string[]): string; duplicate(key: string): string }

/** Collects what the flags name, in order; `defaultKey` is that of files named without one. Throws KubectlError. */
export async function collectData(call: Call, rules: DataRules, defaultKey?: string): Promise<Map<string, Datum>> {
  const { flags } = call;
  const files = flags.list('from-file'), literals = flags.has('from-literal') ? flags.list('from-literal') : [], envFiles = flags.has('from-env-file') ? flags.list('from-env-file') : [];
  if (envFiles.length > 0 && files.length + literals.length > 0) throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  const data = new Map<string, Datum>();
  const add = (key: string, value: Datum) => {
    const why = configKeyErrors(key);
    if (why.length > 0) throw new KubectlError(rules.invalidKey(key, why));
    if (data.has(key)) throw new KubectlError(rules.duplicate(key));
    data.set(key, value);
  };
  for (const source of files) for (const [key, value] of await fileData(call, defaultKey && !source.includes('=') ? `${defaultKey}=${source}` : source)) add(key, value);
  for (const source of literals) add(...literalData(source));
  for (const path of envFiles) for (const [key, value] of await envData(call, path)) add(key, value);
  return data;
}

/** `key=value`, the value perhaps in quotes. */
export function literalData(source: string): [key: string, value: string] {
  const at = source.indexOf('=');
  if (at <= 0) throw new KubectlError(`invalid literal source ${source}, expected key=value`);
  return [source.slice(0, at), source.slice(at + 1).replace(/^["']+|["']+$/g, '')];
}

/** The data of `path` or `key=path`; of a directory, a datum for each file. */
export async function fileData(call: Call, source: string): Promise<[string, Datum][]> {
  const { files } = call.environment;
  const [key, path] = fileSource(source);
  if (!(await files.exists(path))) throw new KubectlError(`error reading ${path}: no such file or directory`);
  if (!(await files.isDirectory(path))) return [[key, await datumOf(call, path)]];
  if (source.includes('=')) throw new KubectlError('cannot give a key name for a directory path');
  const data: [string, Datum][] = [];
  for (const name of [...await files.list(path)].sort()) {
    const inside = `${path.replace(/\/+$/, '')}/${name}`;
    if (!(await files.isDirectory(inside))) data.push([name, await datumOf(call, inside)]);
  }
  return data;
}

/** `path` or `key=path`. */
export function fileSource(source: string): [key: string, path: string] {
  const parts = source.split('=');
  if (parts.length === 1) return [source.replace(/\/+$/, '').split('/').at(-1)!, source];
  if (parts.length > 2) throw new KubectlError('key names or file paths cannot contain \'=\'');
  const [key = '', path = ''] = parts;
  if (key === '') throw new KubectlError(`key name for file path ${path} missing`);
  if (path === '') throw new KubectlError(`file path for key name ${key} missing`);
  return [key, path];
}

async function datumOf(call: Call, path: string): Promise<Datum> {
  const bytes = await call.environment.files.readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** The data of a file of KEY=VALUE lines. */
export async function envData(call: Call, path: string): Promise<[string, string][]> {
  const { files, env } = call.environment;
  if (!(await files.exists(path))) throw new KubectlError(`error reading ${path}: no such file or directory`);
  if (await files.isDirectory(path)) throw new KubectlError('env config file cannot be a directory');
  const data: [string, string][] = [];
  for (const line of (await files.read(path)).replace(/^\uFEFF/, '').split(/\r?\n/).map((text) => text.trimStart())) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    checkEnvName(key);
    data.push([key, at < 0 ? env[key] ?? '' : line.slice(at + 1)]);
  }
  return data;
}

/** What kubectl itself takes for a variable's name: less than the server does. Throws KubectlError. */
export function checkEnvName(name: string): void {
  const why = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) ? [] : ["a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"];
  if (name === '.') why.push("must not be '.'");
  else if (name === '..') why.push("must not be '..'");
  else if (name.startsWith('..')) why.push("must not start with '..'");
  if (why.length > 0) throw new KubectlError(`"${name}" is not a valid key name: ${why.join(';')}`);
}

/** Base64 of a value, as Secrets and binaryData hold it. */
export function base64(value: Datum): string {
  return Buffer.from(value).toString('base64');
}

/** The ending that --append-hash gives a name: ten characters of the content's hash, none of which can spell a word. */
export function contentHash(content: object): string {
  const hex = createHash('sha256').update(goJson(content)).digest('hex').slice(0, 10);
  const replacements: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  return [...hex].map((c) => replacements[c] ?? c).join('');
}
