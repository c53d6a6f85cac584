import { describe, expect, test } from 'vitest';
import { type EncryptionConfiguration, parseEncryptionConfiguration } from '../../../../src/cluster/apiserver/encryption/configuration.ts';
import { plainTransformer, transformerFor } from '../../../../src/cluster/apiserver/encryption/transformer.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER = Buffer.alloc(32, 9).toString('base64');
const HEAD = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n';
const PATH = '/registry/secrets/default/db';

/** A file with one entry: resources and providers in flow style. */
const file = (providers: string, resources = '[secrets]') => `${HEAD}resources:\n- resources: ${resources}\n  providers: ${providers}\n`;
const read = (text: string) => parseEncryptionConfiguration(text, '/etc/kubernetes/enc.yaml');
const aes = (name: string, secret: string, kind = 'aescbc') => `{${kind}: {keys: [{name: ${name}, secret: ${secret}}]}}`;
const secrets = (...providers: string[]) => transformerFor(read(file(`[${providers.join(', ')}]`)), 'secrets')!;
const text = (value: string) => Buffer.from(value);
const words = (act: () => unknown) => { try { act(); return 'no error'; } catch (error) { return error instanceof Error ? error.message : ''; } };

describe('the file', () => {
  const at = 'resources[0].providers[0]';
  const cases: [string, string, string][] = [
    ['is empty', '', 'encryption provider configuration file "/etc/kubernetes/enc.yaml" is empty'],
    ['is of another kind', file('[{identity: {}}]').replace('EncryptionConfiguration', 'EncryptionConfig'), 'error decoding encryption provider configuration file "/etc/kubernetes/enc.yaml": no kind "EncryptionConfig" is registered for version "apiserver.config.k8s.io/v1" in scheme "k8s.io/apiserver/pkg/server/options/encryptionconfig"'],
    ['has a misspelt field', file(`[{aescbc: {key: []}}]`), `error decoding encryption provider configuration file "/etc/kubernetes/enc.yaml": strict decoding error: unknown field "${at}.aescbc.key"`],
    ['has no resources', `${HEAD}`, 'resources: Required value: at least one resources is required'],
    ['names none', file('[{identity: {}}]', '[]'), 'resources[0].resources: Required value: at least one resources[0].resources is required'],
    ['has no providers', file('[]'), 'resources[0].providers: Required value: at least one resources[0].providers is required'],
    ['has a short key', file(`[${aes('key1', 'c2hvcnQ=')}]`), `${at}.aescbc.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 5, expected one of [16 24 32]`],
    ['has 16 bytes for secretbox', file(`[${aes('k', Buffer.alloc(16).toString('base64'), 'secretbox')}]`), `${at}.secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 16, expected one of [32]`],
    ['has a key that is not base64', file(`[${aes('key1', 'not!base64')}]`), `${at}.aescbc.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded`],
    ['has a key without name and secret', file('[{aescbc: {keys: [{}]}}]'), `[${at}.aescbc.keys[0].name: Required value: name is a mandatory field for a key, ${at}.aescbc.keys[0].secret: Required value: secret is a mandatory field for a key]`],
    ['has two providers in one element', file(`[{identity: {}, aescbc: {keys: [{name: a, secret: ${KEY}}]}}]`), `${at}: Invalid value: ["aescbc","identity"]: more than one provider specified in a single element, should split into different list elements`],
    ['has an empty provider', file('[{}]'), `${at}: Invalid value: {}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity`],
    ['has a bare star', file('[{identity: {}}]', "['*']"), "resources[0].resources[0]: Invalid value: \"*\": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"],
    ['has capitals', file('[{identity: {}}]', '[Secrets]'), 'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters'],
    ['overlaps', file('[{identity: {}}]', "[secrets, '*.']"), 'resources[0].resources: Invalid value: ["secrets","*."]: using overlapping resources such as \'secrets\' and \'*.\' in the same resource list is not allowed as they will be masked'],
    ['repeats itself', file('[{identity: {}}]', '[secrets, secrets]'), 'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times'],
  ];
  test.each(cases)('%s', (_name, content, expected) => expect(words(() => read(content))).toBe(`error while parsing file: ${expected}`));

  test('is no YAML', () => expect(words(() => read('a: [b'))).toMatch(/^error while parsing file: error decoding .*: yaml: line 1: /));
  test('is well', () => expect(read(file(`[${aes('key1', KEY)}, {identity: {}}]`, '[secrets, configmaps]')).resources[0]?.resources).toEqual(['secrets', 'configmaps']));
});

describe.each(['aescbc', 'aesgcm', 'secretbox'])('%s', (kind) => {
  const transformer = secrets(aes('key1', KEY, kind));
  const stored = transformer.encode(text('password'), PATH);

  test('writes its prefix and no plain text, and reads it back', () => {
    expect(Buffer.from(stored).toString('latin1').startsWith(`k8s:enc:${kind}:v1:key1:`)).toBe(true);
    expect(Buffer.from(stored).includes('password')).toBe(false);
    expect(Buffer.from(transformer.decode(stored, PATH)).toString()).toBe('password');
  });
  test('gives the same bytes for the same content at the same place only', () => {
    expect(transformer.encode(text('password'), PATH)).toEqual(stored);
    expect(transformer.encode(text('password'), '/registry/secrets/default/other')).not.toEqual(stored);
    expect(transformer.encode(text('passwore'), PATH)).not.toEqual(stored);
  });
  test('does not read what another key of the same name wrote', () => {
    expect(words(() => secrets(aes('key1', OTHER, kind)).decode(stored, PATH))).toMatch(/^unable to transform key "\/registry\/secrets\/default\/db": ./);
  });
});

test('aesgcm values cannot be moved to another key', () => {
  const transformer = secrets(aes('key1', KEY, 'aesgcm'));
  const stored = transformer.encode(text('x'), PATH);
  expect(words(() => transformer.decode(stored, '/registry/secrets/default/other'))).toBe('unable to transform key "/registry/secrets/default/other": cipher: message authentication failed');
});

describe('rotation and migration', () => {
  const old = secrets(aes('key1', KEY)).encode(text('s'), PATH);
  const plain = text('s');
  const rotated = `{aescbc: {keys: [{name: key2, secret: ${OTHER}}, {name: key1, secret: ${KEY}}]}}`;
  const decodes = (transformer: { decode(b: Uint8Array, k: string): Uint8Array }, bytes: Uint8Array) => words(() => transformer.decode(bytes, PATH));

  test('a second key still reads; the first one writes', () => {
    const both = secrets(rotated);
    expect(decodes(both, old)).toBe('no error');
    expect(Buffer.from(both.encode(plain, PATH)).toString('latin1')).toMatch(/^k8s:enc:aescbc:v1:key2:/);
  });
  test('a key removed too early leaves values unreadable', () => {
    expect(decodes(secrets(aes('key2', OTHER)), old)).toBe('unable to transform key "/registry/secrets/default/db": no matching key was found for the provided AES transformer');
  });
  test('plain values need identity', () => {
    expect(decodes(secrets(aes('key1', KEY)), plain)).toBe('unable to transform key "/registry/secrets/default/db": no matching prefix found');
    expect(decodes(secrets(aes('key1', KEY), '{identity: {}}'), plain)).toBe('no error');
  });
  test('identity first decrypts all on rewriting, but still reads what is encrypted', () => {
    const back = secrets('{identity: {}}', aes('key1', KEY));
    expect(decodes(back, old)).toBe('no error');
    expect(Buffer.from(back.encode(plain, PATH)).toString()).toBe('s');
  });
  test('identity alone cannot read encrypted values, nor can a server without configuration', () => {
    expect(decodes(secrets('{identity: {}}'), old)).toBe('unable to transform key "/registry/secrets/default/db": no matching prefix found');
    expect(decodes(plainTransformer, old)).toBe('unable to transform key "/registry/secrets/default/db": identity transformer tried to read encrypted data');
  });
});

test('wildcards reach a group or everything; the first entry that matches counts', () => {
  const entry = (resources: string, name: string) => `- resources: ${resources}\n  providers: [${aes(name, KEY)}]\n`;
  const configuration: EncryptionConfiguration = read(`${HEAD}resources:\n${entry('[secrets]', 'a')}${entry("['*.apps']", 'b')}${entry("['*.']", 'c')}${entry('[configmaps]', 'masked')}${entry("['*.*']", 'd')}`);
  const keyOf = (resource: string) => Buffer.from(transformerFor(configuration, resource)!.encode(text('x'), 'k')).toString('latin1').split(':')[4];
  expect(['secrets', 'deployments.apps', 'configmaps', 'pods', 'jobs.batch'].map(keyOf)).toEqual(['a', 'b', 'c', 'c', 'd']);
  expect(transformerFor(read(file(`[${aes('a', KEY)}]`)), 'configmaps')).toBeUndefined();
});

test('a KMS plugin that nobody serves stops the server', () => {
  const configuration = read(file('[{kms: {apiVersion: v2, name: vault, endpoint: "unix:///var/run/kms.sock"}}]'));
  expect(words(() => transformerFor(configuration, 'secrets'))).toContain('dial unix /var/run/kms.sock: connect: no such file or directory');
});
