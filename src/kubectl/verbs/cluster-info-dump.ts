/** kubectl cluster-info dump: what one wants to see of a broken cluster, all at once. */
import { bodyText } from '../client.ts';
import type { Call, Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { asObject, listAt, textAt } from '../objects.ts';
import { objectPrinter, outputFormat } from '../printers/printer.ts';

/** Resources of each namespace, in the order in which they are shown, and their files' names. */
const RESOURCES: readonly (readonly [resource: string, file: string])[] = [
  ['events', 'events'], ['replicationcontrollers', 'replication-controllers'], ['services', 'services'], ['daemonsets.apps', 'daemonsets'], ['deployments.apps', 'deployments'], ['replicasets.apps', 'replicasets'], ['pods', 'pods'],
];

export const clusterInfoDump: Verb = {
  path: 'cluster-info dump', about: 'Dump relevant information for debugging and diagnosis',
  help: 'Shows the nodes, then events, workloads, Services, Pods and their logs of the namespaces kube-system and the current one, of those in --namespaces, or of all.\nWith --output-directory each list becomes a file of its own.',
  examples: [['# On standard output', 'kubectl cluster-info dump'], ['# Into a folder', 'kubectl cluster-info dump --output-directory=state'], ['# Of all namespaces', 'kubectl cluster-info dump --all-namespaces']],
  async run(call) {
    const { flags } = call;
    const folder = flags.string('output-directory') === '-' ? '' : flags.string('output-directory').replace(/\/+$/, '');
    await list(call, folder, 'nodes', 'nodes');
    for (const namespace of await namespacesOf(call)) {
      let pods: unknown;
      for (const [resource, file] of RESOURCES) pods = await list(call, folder, resource, `${namespace}/${file}`, namespace);
      for (const pod of listAt(pods, 'items')) await logs(call, folder, pod);
    }
    if (folder) call.out(`Cluster info dumped to ${folder}\n`);
  },
};

async function namespacesOf(call: Call): Promise<readonly string[]> {
  if (call.flags.bool('all-namespaces')) return listAt((await call.client()).get('/api/v1/namespaces'), 'items').map((namespace) => textAt(namespace, 'metadata', 'name'));
  const given = call.flags.list('namespaces');
  return given.length > 0 ? given : ['kube-system', await call.namespace()];
}

/** Shows a list and gives it. */
async function list(call: Call, folder: string, resource: string, file: string, namespace?: string): Promise<unknown> {
  const type = await (await call.discovery()).resolve(resource);
  const body = asObject((await call.client()).get(pathOf(type, namespace), { subject: type }));
  const format = outputFormat(call);
  let text = '';
  (await objectPrinter(call, format, { keepsOrder: true, write: (part) => { text += part; } }))(body);
  await write(call, folder, `${file}.${format.name === 'yaml' ? 'yaml' : format.name === 'json' ? 'json' : 'txt'}`, text);
  return body;
}

async function logs(call: Call, folder: string, pod: unknown): Promise<void> {
  const [name, namespace] = [textAt(pod, 'metadata', 'name'), textAt(pod, 'metadata', 'namespace')];
  const client = await call.client();
  let text = '';
  for (const container of [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')].map((each) => textAt(each, 'name'))) {
    const what = `logs for container ${container} of pod ${namespace}/${name} ====\n`;
    const answer = client.send('GET', `/api/v1/namespaces/${namespace}/pods/${name}/log`, { query: { container } });
    text += `==== START ${what}${answer.code < 400 ? bodyText(answer) : `Request log error: ${textAt(answer.body, 'message')}\n`}==== END ${what}`;
  }
  await write(call, folder, `${namespace}/${name}/logs.txt`, text);
}

async function write(call: Call, folder: string, file: string, text: string): Promise<void> {
  if (folder) await call.environment.files.write(`${folder}/${file}`, text);
  else call.out(text);
}
