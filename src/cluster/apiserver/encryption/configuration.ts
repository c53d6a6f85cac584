/** --encryption-provider-config: the file, read and checked with kube-apiserver's words. */
import { LineCounter, parseDocument } from 'yaml';
import { describeFieldError, type FieldError } from '../../api/field-error.ts';
import { validateConfiguration } from './validation.ts';

export type KeyedProvider = 'aescbc' | 'aesgcm' | 'secretbox';

export interface EncryptionKey {
  name: string;
  /** Base64 of 16, 24 or 32 bytes; 32 for secretbox. */
  secret: string;
}

/** One provider: exactly one of its members is there. */
export interface ProviderConfiguration {
  aescbc?: { keys: readonly EncryptionKey[] };
  aesgcm?: { keys: readonly EncryptionKey[] };
  secretbox?: { keys: readonly EncryptionKey[] };
  /** Plain text. */
  identity?: object;
  kms?: { apiVersion?: string; name?: string; endpoint?: string };
}

export interface EncryptionConfiguration {
  resources: readonly {
    /** `secrets`, `deployments.apps`, `*.` (core group), `*.apps`, `*.*`. */
    resources: readonly string[];
    /** The first one writes, all are tried for reading. */
    providers: readonly ProviderConfiguration[];
  }[];
}

/** What kube-apiserver logs before it exits. */
export class EncryptionConfigurationError extends Error {
  override readonly name = 'EncryptionConfigurationError';
}

/** Fields of the file, for strict decoding: a level's members, `[]` for lists, `{}` for what may hold anything. */
type Shape = { readonly [field: string]: Shape | 'text' };
const KEYS: Shape = { 'keys[]': { name: 'text', secret: 'text' } };
const SHAPE: Shape = {
  apiVersion: 'text', kind: 'text',
  'resources[]': {
    'resources[]': 'text',
    'providers[]': { aescbc: KEYS, aesgcm: KEYS, secretbox: KEYS, identity: {}, kms: { apiVersion: 'text', name: 'text', endpoint: 'text', cachesize: 'text', timeout: 'text' } },
  },
};

/** Reads an EncryptionConfiguration; `path` is only named in messages. Throws EncryptionConfigurationError. */
export function parseEncryptionConfiguration(text: string, path: string): EncryptionConfiguration {
  const fail = (why: string) => new EncryptionConfigurationError(`error while parsing file: ${why}`);
  if (text.trim() === '') throw fail(`encryption provider configuration file ${JSON.stringify(path)} is empty`);
  const value = readYaml(text);
  const problem = typeof value === 'string' ? value : decodingProblem(value);
  if (problem !== undefined) throw fail(`error decoding encryption provider configuration file ${JSON.stringify(path)}: ${problem}`);
  // Cast: decodingProblem has compared every field with SHAPE.
  const configuration = withLists(value as Partial<EncryptionConfiguration>);
  const errors = validateConfiguration(configuration);
  if (errors.length > 0) throw fail(aggregate(errors));
  return configuration;
}

function readYaml(text: string): object | string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error) return `yaml: line ${lines.linePos(error.pos[0]).line}: ${error.message}`;
  const value: unknown = document.toJS();
  return typeof value === 'object' && value !== null ? value : `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof value} into Go value of type struct`;
}

function decodingProblem(value: object): string | undefined {
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  if (typeof kind !== 'string' || !kind) return `Object 'Kind' is missing in '${JSON.stringify(value)}'`;
  if (typeof apiVersion !== 'string' || !apiVersion) return `Object 'apiVersion' is missing in '${JSON.stringify(value)}'`;
  if (kind !== 'EncryptionConfiguration' || apiVersion !== 'apiserver.config.k8s.io/v1') {
    return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "k8s.io/apiserver/pkg/server/options/encryptionconfig"`;
  }
  const unknown = [...unknownFields(value, SHAPE, '')];
  return unknown.length > 0 ? `strict decoding error: ${unknown.map((field) => `unknown field "${field}"`).join(', ')}` : undefined;
}

function* unknownFields(value: unknown, shape: Shape, path: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    const here = path ? `${path}.${field}` : field;
    const [single, list] = [shape[field], shape[`${field}[]`]];
    if (single === undefined && list === undefined) yield here;
    else if (Array.isArray(inner) && typeof list === 'object') for (const [i, item] of inner.entries()) yield* unknownFields(item, list, `${here}[${i}]`);
    else if (typeof single === 'object') yield* unknownFields(inner, single, here);
  }
}

/** Missing lists are empty ones, so that validation can say what is missing. */
function withLists(value: Partial<EncryptionConfiguration>): EncryptionConfiguration {
  const resources = (value.resources ?? []).map((entry) => ({
    resources: (entry.resources ?? []).map(String),
    providers: (entry.providers ?? []).map((provider) => ({ ...(provider ?? {}) })),
  }));
  return { resources };
}

function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(describeFieldError))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}
