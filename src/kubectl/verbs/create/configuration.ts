/** kubectl create configmap and create secret. */
import type { Call } from '../../command.ts';
import { KubectlError, textOf } from '../../errors.ts';
import type { ApiObject } from '../../objects.ts';
import { base64, collectData, contentHash, type DataRules, type Datum } from './data-sources.ts';
import { type Generator, present } from './generator.ts';

export const configMap: Generator = {
  path: 'create configmap', apiVersion: 'v1', kind: 'ConfigMap', about: 'Create a config map from a local file, directory or literal value', failure: 'failed to create configmap: ',
  help: 'Creates a ConfigMap from files (a key for each, named after it), from pairs typed here, or from a file of KEY=VALUE lines.',
  examples: [['# From two pairs', 'kubectl create configmap app --from-literal=mode=prod --from-literal=level=3'], ['# From a file, under a key of your choice', 'kubectl create configmap web --from-file=default.conf=nginx.conf'], ['# A key for each line of an .env file', 'kubectl create configmap env --from-env-file=app.env']],
  async build(call, name) {
    const data = await collectData(call, {
      invalidKey: (key, why) => `"${key}" is not a valid key name for a ConfigMap: ${why.join(',')}`,
      duplicate: (key) => `cannot add key "${key}", another key by that name already exists in Data for ConfigMap "${name}"`,
    });
    const texts = Object.fromEntries([...data].filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
    const binaries = Object.fromEntries([...data].filter(([, value]) => typeof value !== 'string').map(([key, value]) => [key, base64(value)]));
    const content = { ...present('data', texts), ...present('binaryData', binaries) };
    const hashed = call.flags.bool('append-hash') ? { metadata: { name: `${name}-${contentHash({ kind: 'ConfigMap', name, data: texts, ...present('binaryData', binaries) })}` } } : {};
    return { ...hashed, ...content };
  },
};

const secretRules: DataRules = {
  invalidKey: (key, why) => `"${key}" is not valid key name for a Secret ${why.join(';')}`,
  duplicate: (key) => `cannot add key ${key}, another key by that name already exists`,
};

function secretOf(call: Call, name: string, data: ReadonlyMap<string, Datum>, type: string): Partial<ApiObject> {
  const encoded = Object.fromEntries([...data].map(([key, value]) => [key, base64(value)]));
  const hashed = call.flags.bool('append-hash') ? { metadata: { name: `${name}-${contentHash({ kind: 'Secret', type, name, data: encoded })}` } } : {};
  return { ...hashed, ...present('data', encoded), ...present('type', type) };
}

export const genericSecret: Generator = {
  path: 'create secret generic', apiVersion: 'v1', kind: 'Secret', about: 'Create a secret from a local file, directory, or literal value', failure: 'failed to create secret ',
  help: 'Creates a Secret from files, from pairs typed here, or from a file of KEY=VALUE lines. Values are stored in base64, which is no encryption.',
  examples: [['# A user and a password', "kubectl create secret generic db --from-literal=user=admin --from-literal=password='s3cr3t!'"], ['# Keys from files', 'kubectl create secret generic ssh --from-file=id_rsa=~/.ssh/id_rsa']],
  build: async (call, name) => secretOf(call, name, await collectData(call, secretRules), call.flags.string('type')),
};

export const tlsSecret: Generator = {
  path: 'create secret tls', apiVersion: 'v1', kind: 'Secret', about: 'Create a TLS secret', failure: 'failed to create secret ',
  help: 'Creates a Secret with a certificate and its private key, both in PEM, as Ingresses use them.',
  examples: [['# From a pair of files', 'kubectl create secret tls shop-tls --cert=shop.crt --key=shop.key']],
  async build(call, name) {
    const cert = call.flags.string('cert'), key = call.flags.string('key');
    if (!cert || !key) throw new KubectlError('key and cert must be specified');
    const [certificate, privateKey] = [await pemFile(call, cert), await pemFile(call, key)];
    if (!certificate.includes('-----BEGIN CERTIFICATE-----')) throw new KubectlError('tls: failed to find any PEM data in certificate input');
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(privateKey)) throw new KubectlError('tls: failed to find any PEM data in key input');
    return secretOf(call, name, new Map([['tls.crt', certificate], ['tls.key', privateKey]]), 'kubernetes.io/tls');
  },
};

async function pemFile(call: Call, path: string): Promise<string> {
  const { files } = call.environment;
  if (!(await files.exists(path))) throw new KubectlError(`Cannot read file ${path}, open ${path}: no such file or directory`);
  try {
    return await files.read(path);
  } catch (error) {
    throw new KubectlError(`Cannot read file ${path}, ${textOf(error)}`);
  }
}

export const dockerSecret: Generator = {
  path: 'create secret docker-registry', apiVersion: 'v1', kind: 'Secret', about: 'Create a secret for use with a Docker registry', failure: 'failed to create secret ',
  help: 'Creates a Secret with which kubelets log in to a registry. Name it in imagePullSecrets of a Pod or a ServiceAccount.',
  examples: [['# For a registry of your own', 'kubectl create secret docker-registry reg --docker-server=registry.example --docker-username=me --docker-password=s3cr3t']],
  async build(call, name) {
    const { flags } = call;
    const [server, username, password, email] = ['server', 'username', 'password', 'email'].map((part) => flags.string(`docker-${part}`));
    const hasFiles = flags.list('from-file').length > 0;
    if (!hasFiles && (!server || !username || !password)) throw new KubectlError('either --from-file or the combination of --docker-username, --docker-password and --docker-server is required');
    // A file without a key is the login itself.
    if (hasFiles) return secretOf(call, name, await collectData(call, secretRules, '.dockerconfigjson'), 'kubernetes.io/dockerconfigjson');
    const entry = { username, password, ...present('email', email), auth: base64(`${username}:${password}`) };
    return secretOf(call, name, new Map([['.dockerconfigjson', JSON.stringify({ auths: { [server!]: entry } })]]), 'kubernetes.io/dockerconfigjson');
  },
};
