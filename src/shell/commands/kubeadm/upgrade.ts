/** `kubeadm upgrade plan|apply|node`: a control plane's manifests to another version, one after the other, and a node's kubelet configuration. */
import { nodes, configMaps, daemonSets } from '../../../cluster/client/resources.ts';
import { type ApiClient, ApiError } from '../../../cluster/client/types.ts';
import { NetworkError } from '../../../cluster/network/types.ts';
import { staticPodManifests } from '../../../cluster/node/control-plane/manifests.ts';
import type { Machine } from '../../../cluster/node/machine.ts';
import { binaryAt } from '../../../cluster/node/os/binary.ts';
import { compareVersions, minorOf } from '../../../cluster/node/os/packages.ts';
import { columns } from '../result.ts';
import { clientOf, type KubeadmCall, KubeadmError } from './call.ts';
import { certs } from './certs.ts';

const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const MANIFESTS = '/etc/kubernetes/manifests';
const TIMEOUT_MS = 300_000; // kubeadm: UpgradeManifestTimeout
const STEP_MS = 1000;
const READING = '[upgrade] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n[upgrade] Use \'kubeadm init phase upload-config kubeadm --config your-config-file\' to re-upload it.\n';

/** The version of the kubeadm that is installed. */
export function kubeadmVersion({ os: { files } }: Machine): string {
  return binaryAt(files, '/usr/bin/kubeadm')?.version ?? '';
}

export async function upgrade(call: KubeadmCall): Promise<string> {
  const [verb = '', version] = call.words;
  try {
    if (verb === 'plan') return plan(call);
    if (verb === 'apply') return await apply(call, version);
    if (verb === 'node') return await upgradeNode(call);
  } catch (error) {
    if (error instanceof ApiError || error instanceof NetworkError) throw new KubeadmError(`[upgrade/init config] FATAL: failed to get config map: ${error.message}`);
    throw error;
  }
  throw new KubeadmError(`unknown subcommand "${verb}" for "kubeadm upgrade"; there are plan, apply, node`);
}

/** A key of one of kubeadm's ConfigMaps. Throws KubeadmError where it is missing. */
function configOf(client: ApiClient, name: string, key: string): string {
  const found = client.get(configMaps, name, 'kube-system')?.data?.[key];
  if (found === undefined) throw new KubeadmError(`[upgrade/init config] FATAL: failed to get config map: configmaps "${name}" not found`);
  return found;
}

const minorNumber = (version: string): number => Number(minorOf(version).split('.')[1]);
const clusterVersion = (client: ApiClient): string => /^kubernetesVersion: (\S+)/m.exec(configOf(client, 'kubeadm-config', 'ClusterConfiguration'))?.[1] ?? '';

function plan(call: KubeadmCall): string {
  const { client } = clientOf(call);
  const [from, to] = [clusterVersion(client), kubeadmVersion(call.machine)];
  const facts = `[preflight] Running pre-flight checks.\n${READING}[upgrade] Running cluster health checks\n[upgrade] Fetching available versions to upgrade to\n[upgrade/versions] Cluster version: ${from.slice(1)}\n[upgrade/versions] kubeadm version: ${to}\n[upgrade/versions] Target version: ${to}\n[upgrade/versions] Latest version in the v${minorOf(from)} series: ${minorOf(from) === minorOf(to) ? to : from}\n\n`;
  const all = client.list(nodes);
  const behind = all.filter(({ status }) => compareVersions(status.nodeInfo?.kubeletVersion ?? '', to) < 0);
  if (compareVersions(from, to) >= 0) return `${facts}Awesome, you're up-to-date! Enjoy!\n`;
  const head = ['COMPONENT', 'NODE', 'CURRENT', 'TARGET'];
  const planes = all.filter(({ metadata }) => metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined).map(({ metadata }) => metadata.name);
  const parts = [...COMPONENTS.flatMap((name) => planes.map((node) => [name, node, from, to])), ['kube-proxy', '', from.slice(1), to]];
  return `${facts}Components that must be upgraded manually after you have upgraded the control plane with 'kubeadm upgrade apply':\n${columns([head, ...behind.map(({ metadata, status }) => ['kubelet', metadata.name, status.nodeInfo?.kubeletVersion ?? '', to])], 3)}\nUpgrade to the latest ${minorOf(from) === minorOf(to) ? `version in the v${minorOf(from)} series` : 'stable version'}:\n\n${columns([head, ...parts], 3)}\nYou can now apply the upgrade by executing the following command:\n\n\tkubeadm upgrade apply ${to}\n\n_____________________________________________________________________\n\n`;
}

async function apply(call: KubeadmCall, wanted = ''): Promise<string> {
  const { flags, write, machine } = call;
  const to = wanted && `v${wanted.replace(/^v/, '')}`;
  if (!to) throw new KubeadmError('missing one or more required arguments. Required arguments: [version]');
  const { client } = clientOf(call);
  const from = clusterVersion(client);
  write(`${READING}[upgrade/preflight] Running preflight checks\n[upgrade] Running cluster health checks\n`);
  checkHealth(client);
  write(`[upgrade/preflight] You have chosen to upgrade the cluster version to "${to}"\n[upgrade/versions] Cluster version: ${from}\n[upgrade/versions] kubeadm version: ${kubeadmVersion(machine)}\n`);
  checkVersions(from, to, kubeadmVersion(machine));
  if (!flags.has('-y') && !flags.has('--yes') && !flags.has('-f') && !flags.has('--force')) throw new KubeadmError('[upgrade] Are you sure you want to proceed? [y/N]: error: won\'t proceed; the user didn\'t answer (Y|y) in order to continue (use --yes)');
  await upgradeControlPlane(call, client, to);
  await patiently(call, () => {
    client.patch(configMaps, 'kubeadm-config', 'kube-system', { data: { ClusterConfiguration: configOf(client, 'kubeadm-config', 'ClusterConfiguration').replace(/^kubernetesVersion: .*/m, `kubernetesVersion: ${to}`) } });
    client.patch(daemonSets, 'kube-proxy', 'kube-system', { spec: { template: { spec: { containers: [{ name: 'kube-proxy', image: `registry.k8s.io/kube-proxy:${to}` }] } } } }, { type: 'strategic' });
  });
  write('[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace\n');
  configureKubelet(call, client);
  return `[addons] Applied essential addon: CoreDNS\n[addons] Applied essential addon: kube-proxy\n\n[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${to}".\n\n[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.\n`;
}

async function upgradeNode(call: KubeadmCall): Promise<string> {
  const { machine, write } = call;
  const { client } = clientOf(call, machine.isControlPlane ? undefined : '/etc/kubernetes/kubelet.conf');
  const to = clusterVersion(client);
  write(`${READING}[upgrade/preflight] Running pre-flight checks\n`);
  const [own, minimum] = [kubeadmVersion(machine), `1.${minorNumber(kubeadmVersion(machine)) - 1}.0`];
  if (compareVersions(to, minimum) < 0) throw new KubeadmError(`this version of kubeadm only supports deploying clusters with the control plane version >= ${minimum}. Current version: ${to}`);
  if (compareVersions(to, own) > 0) write(`\t[WARNING KubernetesVersion]: Kubernetes version is greater than kubeadm version. Please consider to upgrade kubeadm. Kubernetes version: ${to.slice(1)}. Kubeadm version: ${own.slice(1)}\n`);
  if (machine.isControlPlane) await upgradeControlPlane(call, client, to);
  else write('[upgrade/preflight] Skipping prepull. Not a control plane node.\n[upgrade/control-plane] Skipping phase. Not a control plane node.\n[upgrade/kubeconfig] Skipping phase. Not a control plane node.\n');
  configureKubelet(call, client);
  return machine.isControlPlane ? '' : '[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.\n[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.\n';
}

/** One minor version at a time, and no further than kubeadm itself is. Throws KubeadmError. */
function checkVersions(from: string, to: string, own: string): void {
  const minor = minorNumber;
  const problems = [
    ...(compareVersions(to, own) > 0 ? [`Specified version to upgrade to "${to}" is higher than the kubeadm version "${own}". Upgrade kubeadm first using the tool you used to install kubeadm`] : []),
    ...(minor(to) > minor(from) + 1 ? [`Specified version to upgrade to "${to}" is too high; kubeadm can upgrade only 1 minor version at a time`] : []),
    ...(minor(to) < minor(from) ? [`Specified version to upgrade to "${to}" is too low; kubeadm can downgrade only 1 minor version at a time`] : []),
    ...(minor(to) < minor(own) ? [`Specified version to upgrade to "${to}" is at least one minor release lower than the kubeadm minor release (${minor(own)} > ${minor(to)}). Such an upgrade is not supported`] : []),
  ];
  if (problems.length) throw new KubeadmError(`[upgrade/versions] FATAL: the --version argument is invalid due to these fatal errors:\n\n${problems.map((problem) => `\t- ${problem}\n`).join('')}\nPlease fix the misalignments highlighted above and try upgrading again`);
}

function checkHealth(client: ApiClient): void {
  const notReady = client.list(nodes).filter(({ metadata, status }) => metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined && !status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'));
  if (notReady.length) throw new KubeadmError(`error execution phase preflight: [preflight] Some fatal errors occurred:\n\t[ERROR ControlPlaneNodesReady]: there are NotReady control-planes in the cluster: [${notReady.map(({ metadata }) => metadata.name).join(' ')}]\n[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\``);
}

/** Manifests as kubeadm makes them: what was changed by hand in them is gone, and lies in the backup. */
async function upgradeControlPlane(call: KubeadmCall, client: ApiClient, to: string): Promise<void> {
  const { machine, write } = call;
  const { files, hostname, address, world } = machine.os;
  const made = staticPodManifests({ hostname, address, version: to });
  const backup = `/etc/kubernetes/tmp/kubeadm-backup-manifests-${new Date(world.clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')}`;
  files.makeDirectory(backup);
  write(`[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version "${to}" (timeout: 5m0s)...\n[upgrade/staticpods] Preparing for "etcd" upgrade\n[upgrade/staticpods] Current and new manifests of etcd are equal, skipping upgrade\n`);
  certs({ ...call, words: ['renew', 'all'] });
  for (const name of COMPONENTS) {
    const path = `${MANIFESTS}/${name}.yaml`;
    const old = files.exists(path) ? files.read(path) : undefined;
    write(`[upgrade/staticpods] Preparing for "${name}" upgrade\n`);
    if (old === made[name]) {
      write(`[upgrade/staticpods] Current and new manifests of ${name} are equal, skipping upgrade\n`);
      continue;
    }
    if (old !== undefined) files.write(`${backup}/${name}.yaml`, old, { mode: 0o600 });
    files.write(path, made[name]!, { mode: 0o600 });
    write(`[upgrade/staticpods] Moving new manifest to "${path}" and backing up old manifest to "${backup}/${name}.yaml"\n[upgrade/staticpods] Waiting for the kubelet to restart the component\n[upgrade/staticpods] This can take up to 5m0s\n`);
    const isNew = () => machine.runtime.containers().some(({ config, state }) => config.name === name && state === 'Running' && config.image.endsWith(`:${to}`));
    try {
      await patiently(call, () => { if (!isNew()) throw new NetworkError('timeout', 'not yet'); client.list(nodes); });
    } catch (error) {
      if (!(error instanceof NetworkError) && !(error instanceof ApiError)) throw error;
      if (old !== undefined) files.write(path, old);
      throw new KubeadmError('[upgrade/apply] FATAL: couldn\'t upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: timed out waiting for the condition');
    }
    write(`[apiclient] Found 1 Pods for label selector component=${name}\n[upgrade/staticpods] Component "${name}" upgraded successfully!\n`);
  }
  write('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!\n');
}

/** Again and again until it works or the time is up; then throws what it threw last. */
async function patiently({ machine: { os }, signal }: KubeadmCall, act: () => void): Promise<void> {
  for (const untilMs = os.world.clock.now() + TIMEOUT_MS; ;) {
    try {
      return act();
    } catch (error) {
      const mayPass = error instanceof NetworkError || (error instanceof ApiError && error.code !== 404);
      if (!mayPass || signal.aborted || os.world.clock.now() > untilMs) throw error;
    }
    await os.world.sleep(STEP_MS, signal);
  }
}

/** The cluster's kubelet configuration, written over this node's. It counts once the kubelet is started again. */
function configureKubelet({ machine: { os: { files } }, write }: KubeadmCall, client: ApiClient): void {
  const path = '/var/lib/kubelet/config.yaml';
  const endpoint = files.exists(path) ? /^containerRuntimeEndpoint:.*\n/m.exec(files.read(path))?.[0] ?? '' : '';
  files.write(path, `${configOf(client, 'kubelet-config', 'kubelet')}${endpoint}`);
  write(`[kubelet-start] Writing kubelet configuration to file "${path}"\n[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!\n`);
}
