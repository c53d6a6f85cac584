/** What the server is and serves: version, cluster-info, api-versions, api-resources; and kubectl options. */
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, preferred, type ResourceType } from '../discovery.ts';
import { KubectlError } from '../errors.ts';
import { globalHelp } from '../help.ts';
import { compareText, listAt, textAt } from '../objects.ts';
import { goJsonIndented } from '../printers/json.ts';
import { goYaml } from '../printers/yaml.ts';
import { aligned } from '../printers/table.ts';

const CLIENT_VERSION = { major: '1', minor: '36', gitVersion: 'v1.36.2', gitTreeState: 'clean', goVersion: 'go1.26.3', compiler: 'gc', platform: 'linux/amd64' };
const KUSTOMIZE_VERSION = 'v5.8.1';

export const version: Verb = {
  path: 'version', about: 'Print the client and server version information',
  examples: [['# Both versions', 'kubectl version'], ['# Only that of kubectl', 'kubectl version --client']],
  async run(call) {
    if (call.args.length > 0) throw new KubectlError(`extra arguments: [${call.args.join(' ')}]`);
    const output = call.flags.string('output');
    if (!['', 'json', 'yaml'].includes(output)) throw new KubectlError("--output must be 'yaml' or 'json'");
    let server: unknown;
    let failure: unknown;
    if (!call.flags.bool('client')) {
      try {
        server = (await call.client()).get('/version', { query: { timeout: '32s' } });
      } catch (error) {
        failure = error;
      }
    }
    printVersions(call, output, server);
    if (failure) throw failure;
  },
};

function printVersions(call: Call, output: string, server: unknown): void {
  const facts = { clientVersion: CLIENT_VERSION, kustomizeVersion: KUSTOMIZE_VERSION, ...(server ? { serverVersion: server } : {}) };
  if (output === 'json') return call.out(goJsonIndented(facts, { keepsOrder: true }).replaceAll(/^( +)/gm, (spaces) => ' '.repeat(spaces.length / 2)));
  if (output === 'yaml') return call.out(goYaml(facts));
  call.out(`Client Version: ${CLIENT_VERSION.gitVersion}\nKustomize Version: ${KUSTOMIZE_VERSION}\n`);
  if (server) call.out(`Server Version: ${textAt(server, 'gitVersion')}\n`);
}

export const clusterInfo: Verb = {
  path: 'cluster-info', about: 'Display cluster information',
  examples: [['# Addresses of the control plane and cluster services', 'kubectl cluster-info']],
  async run(call) {
    const client = await call.client();
    const isBright = call.environment.isTerminal;
    const paint = (code: number, text: string) => (isBright ? `\u001b[${code};1m${text}\u001b[0m` : text);
    const line = (name: string, url: string) => call.out(`${paint(32, name)} is running at ${paint(33, url)}\n`);
    const services = client.get('/api/v1/namespaces/kube-system/services', { query: { labelSelector: 'kubernetes.io/cluster-service=true', limit: 500 }, subject: { group: '', plural: 'services' } });
    line('Kubernetes control plane', client.server);
    for (const service of listAt(services, 'items')) line(serviceTitle(service), serviceUrl(client.server, service));
    call.out('\nTo further debug and diagnose cluster problems, use \'kubectl cluster-info dump\'.\n');
  },
};

function serviceTitle(service: unknown): string {
  return textAt(service, 'metadata', 'labels', 'kubernetes.io/name') || textAt(service, 'metadata', 'name');
}

function serviceUrl(server: string, service: unknown): string {
  const port = listAt(service, 'spec', 'ports')[0];
  const name = textAt(service, 'metadata', 'name');
  const scheme = textAt(port, 'name') === 'https' || textAt(port, 'port') === '443' ? 'https:' : '';
  const suffix = textAt(port, 'name') ? `:${textAt(port, 'name')}` : '';
  return `${server}/api/v1/namespaces/${textAt(service, 'metadata', 'namespace')}/services/${scheme}${name}${suffix}/proxy`;
}

export const apiVersions: Verb = {
  path: 'api-versions', about: 'Print the supported API versions on the server, in the form of "group/version"',
  examples: [['# All of them', 'kubectl api-versions']],
  async run(call) {
    if (call.args.length > 0) throw call.usage(`unexpected arguments: [${call.args.join(' ')}]`);
    const found = new Set((await (await call.discovery()).refresh()).map(apiVersionOf));
    call.out([...found].sort().map((text) => `${text}\n`).join(''));
  },
};

export const apiResources: Verb = {
  path: 'api-resources', about: 'Print the supported API resources on the server',
  examples: [['# All resources', 'kubectl api-resources'], ['# Those in namespaces, with their verbs', 'kubectl api-resources --namespaced=true -o wide'], ['# Those of a group', 'kubectl api-resources --api-group=apps']],
  async run(call) {
    const { flags, args } = call;
    if (args.length > 0) throw call.usage(`unexpected arguments: [${args.join(' ')}]`);
    const sortBy = flags.string('sort-by');
    if (!['', 'name', 'kind'].includes(sortBy)) throw new KubectlError('--sort-by accepts only name or kind');
    const discovery = await call.discovery();
    const types = preferred(await discovery.refresh()).filter((type) => isWanted(call, type));
    const key = (type: ResourceType): string => (sortBy === 'kind' ? type.kind : sortBy === 'name' ? type.plural : `${type.group}\u0000${type.plural}`);
    printTypes(call, [...types].sort((a, b) => compareText(key(a), key(b))));
    if (discovery.stale.length > 0) throw new KubectlError(`unable to retrieve the complete list of server APIs: ${discovery.stale.map((name) => `${name}: stale GroupVersion discovery: ${name}`).join(', ')}`);
  },
};

function isWanted({ flags }: Call, type: ResourceType): boolean {
  if (flags.changed('api-group') && type.group !== flags.string('api-group')) return false;
  if (flags.changed('namespaced') && type.namespaced !== flags.bool('namespaced')) return false;
  if (type.verbs.length === 0) return false;
  return flags.list('verbs').every((verb) => type.verbs.includes(verb)) && flags.list('categories').every((category) => type.categories.includes(category));
}

function printTypes(call: Call, types: readonly ResourceType[]): void {
  const { flags } = call;
  const output = flags.string('output');
  if (output === 'name') return call.out(types.map(({ plural, group }) => `${plural}${group ? `.${group}` : ''}\n`).join(''));
  if (output !== '' && output !== 'wide') throw new KubectlError(`--output ${output} is not available`);
  const isWide = output === 'wide';
  const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(isWide ? ['VERBS', 'CATEGORIES'] : [])];
  const rows = types.map((type) => [
    type.plural, type.shortNames.join(','), apiVersionOf(type), String(type.namespaced), type.kind,
    ...(isWide ? [[...type.verbs].join(','), type.categories.join(',')] : []),
  ]);
  call.out(aligned(flags.bool('no-headers') ? rows : [header, ...rows]));
}

export const options: Verb = {
  path: 'options', about: 'List the flags that every command takes',
  run: async (call) => call.out(globalHelp()),
};

