/** kubectl port-forward: ports of this machine whose connections go through the API server to a port in a Pod. */
import type { Connection, Listening } from '../../cluster/network/types.ts';
import type { Call, Verb } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { KubectlError, StatusError, textOf } from '../errors.ts';
import { type ApiObject, listAt, textAt } from '../objects.ts';
import { fetchedOne } from '../resource-builder.ts';
import { checkPodTimeout, notSelecting, podsBehind, selectorOfPods } from './pods.ts';
import { waitUntil } from './waiting.ts';

interface Forward { local: number; remote: number }
interface Address { ip: string; protocol: 'tcp4' | 'tcp6'; isLocalhost: boolean }
type Found = { type: ResourceType; object: ApiObject };

const RUNNING_TIMEOUT_MS = 60_000; // kubectl: defaultPodPortForwardWaitTimeout
const EPHEMERAL = { first: 32_768, count: 28_232 }; // Linux: net.ipv4.ip_local_port_range
const MAX_PORT = 65_535;

export const portForward: Verb = {
  path: 'port-forward', about: 'Forward one or more local ports to a pod',
  help: 'Listens on local ports and passes what connects there to ports of a Pod, named itself or by what selects it. It serves until Ctrl-C, or until a connection fails.',
  examples: [['# Local 8080 to port 80 of a Pod', 'kubectl port-forward pod/web-0 8080:80'], ["# To the target of a Service's port named http", 'kubectl port-forward service/web 8080:http'], ['# From a free local port', 'kubectl port-forward deployment/web :80']],
  async run(call) {
    const [name = '', ...ports] = call.args;
    if (ports.length === 0) throw call.usage('TYPE/NAME and list of ports are required for port-forward');
    checkPodTimeout(call);
    const namespace = await call.namespace();
    const [word = '', rest] = name.includes('/') ? name.split('/') : ['pods', name];
    const named = await fetchedOne(call, { what: 'object', type: await (await call.discovery()).resolve(word), namespace, name: rest ?? '', source: '' });
    const pod = await forwardablePod(call, named, namespace);
    const numbers = ports.map((port) => (named.type.kind === 'Service' ? ofService(port, named.object, pod) : ofPod(port, pod)));
    const phase = textAt(pod, 'status', 'phase');
    if (phase !== 'Running') throw new KubectlError(`unable to forward port because pod is not running. Current status=${phase}`);
    await forwardPorts(call, { pod: pod.metadata.name ?? '', namespace, addresses: addressesOf(call.flags.list('address')), forwards: numbers.map(parsePort) });
  },
};

/** The Pod itself, or the first that a controller or Service selects, waited for. */
async function forwardablePod(call: Call, { type, object }: Found, namespace: string): Promise<ApiObject> {
  if (type.kind === 'Pod') return object;
  if (selectorOfPods(type, object) === '') throw notSelecting('attach to', { type, name: object.metadata.name ?? '' });
  let pod: ApiObject | undefined;
  await waitUntil(call, async () => { pod = (await podsBehind(call, type, object, namespace))[0]?.object; return pod !== undefined; }, call.flags.duration('pod-running-timeout') || RUNNING_TIMEOUT_MS);
  if (!pod) throw new KubectlError('timed out waiting for the condition');
  return pod;
}

/** `LOCAL:REMOTE`; one port alone is both. */
function split(port: string): [local: string, remote: string] {
  const parts = port.split(':');
  return parts.length === 2 ? [parts[0]!, parts[1]!] : [parts[0]!, parts[0]!];
}

const isNumber = (text: string) => /^[+-]?\d+$/.test(text);

/** A Service's port, by number or name, as the port in the Pod that it leads to. */
function ofService(port: string, service: ApiObject, pod: ApiObject): string {
  const [local, remote] = split(port);
  const ports = listAt(service, 'spec', 'ports');
  const named = isNumber(remote) ? undefined : ports.find((each) => textAt(each, 'name') === remote);
  if (!isNumber(remote) && !named) throw new KubectlError(`Service '${service.metadata.name}' does not have a named port '${remote}'`);
  const number = named ? textAt(named, 'port') : remote;
  refuseUdp(remote, number, ports, 'port');
  const from = local === remote ? number : local;
  if (textAt(service, 'spec', 'clusterIP') === 'None') return `${from}:${number}`;
  const found = ports.find((each) => Number(textAt(each, 'port')) === Number(number));
  if (!found) throw new KubectlError(`Service ${service.metadata.name} does not have a service port ${Number(number)}`);
  const target = textAt(found, 'targetPort') || number;
  return `${from}:${isNumber(target) ? target : containerPort(pod, target)}`;
}

function ofPod(port: string, pod: ApiObject): string {
  const [local, remote] = split(port);
  if (port.split(':').length > 2) return port;
  if (remote === '') throw new KubectlError('remote port cannot be empty');
  const number = isNumber(remote) ? remote : containerPort(pod, remote);
  refuseUdp(remote, number, listAt(pod, 'spec', 'containers').flatMap((container) => listAt(container, 'ports')), 'containerPort');
  return local === remote ? number : `${local}:${number}`;
}

function containerPort(pod: ApiObject, name: string): string {
  const ports = ['containers', 'initContainers'].flatMap((list) => listAt(pod, 'spec', list)).flatMap((container) => listAt(container, 'ports'));
  const found = ports.find((port) => textAt(port, 'name') === name);
  if (!found) throw new KubectlError(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
  return textAt(found, 'containerPort');
}

function refuseUdp(said: string, number: string, ports: readonly unknown[], field: string): void {
  const protocols = ports.filter((port) => textAt(port, field) === number).map((port) => textAt(port, 'protocol'));
  if (protocols.includes('UDP') && !protocols.includes('TCP')) throw new KubectlError(`UDP protocol is not supported for ${said}`);
}

function parsePort(port: string): Forward {
  const parts = port.split(':');
  if (parts.length > 2) throw new KubectlError(`invalid port format '${port}'`);
  const [local = '', remote = local] = parts;
  const forward = { local: portNumber('local', local === '' && parts.length === 2 ? '0' : local), remote: portNumber('remote', remote) };
  if (forward.remote === 0) throw new KubectlError('remote port must be > 0');
  return forward;
}

function portNumber(side: string, text: string): number {
  const fails = (why: string) => new KubectlError(`error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^\d+$/.test(text)) throw fails('invalid syntax');
  if (Number(text) > MAX_PORT) throw fails('value out of range');
  return Number(text);
}

/** localhost is both loopback addresses, of which one suffices. */
function addressesOf(texts: readonly string[]): Address[] {
  const found = new Map<string, Address>();
  for (const text of texts) {
    const isLocalhost = text === 'localhost';
    for (const ip of isLocalhost ? ['127.0.0.1', '::1'] : [text]) {
      if (!/^\d+(\.\d+){3}$/.test(ip) && !/^[\da-f:.]*:[\da-f:.]*$/i.test(ip)) throw new KubectlError(`${ip} is not a valid IP`);
      if (!isLocalhost || !found.has(ip)) found.set(ip, { ip, protocol: ip.includes(':') ? 'tcp6' : 'tcp4', isLocalhost });
    }
  }
  return [...found.values()].sort((a, b) => (a.ip < b.ip ? -1 : 1));
}

interface Forwarding { pod: string; namespace: string; addresses: readonly Address[]; forwards: readonly Forward[] }

async function forwardPorts(call: Call, { pod, namespace, addresses, forwards }: Forwarding): Promise<void> {
  const { world, signal } = call.environment;
  const client = await call.client();
  const path = pathOf(await (await call.discovery()).resolve('pods'), namespace, pod, 'portforward');
  try {
    client.portForward(path);
  } catch (error) {
    throw error instanceof StatusError ? new KubectlError(`error upgrading connection: ${error.message}`) : error;
  }
  const listeners: Listening[] = [];
  let lose: () => void = () => undefined;
  let isLost = false;
  const relay = ({ local, remote }: Forward) => {
    call.out(`Handling connection for ${local}\n`);
    try {
      return client.portForward(path, remote);
    } catch (error) {
      call.log.line('E', 'portforward.go:391', `"An error occurred forwarding" err=${JSON.stringify(textOf(error))} localPort=${local} remotePort=${remote}`);
      isLost = true;
      lose();
      return undefined;
    }
  };
  try {
    const bound = forwards.map((forward) => listenOnAll(call, forward, addresses, relay, listeners));
    if (!bound.some(Boolean)) throw new KubectlError(`unable to listen on any of the requested ports: [${forwards.map(({ local, remote }) => `{${local} ${remote}}`).join(' ')}]`);
    await world.block<void>('kubectl port-forward', (wake) => {
      lose = () => wake();
      signal.addEventListener('abort', () => wake(), { once: true });
      if (signal.aborted || isLost) wake();
    });
  } finally {
    for (const listener of listeners) listener.close();
  }
  if (isLost) throw new KubectlError('lost connection to pod');
}

/** Listens on one port of all addresses; false, said on standard error, when that failed. */
function listenOnAll(call: Call, asked: Forward, addresses: readonly Address[], relay: (forward: Forward) => Connection | undefined, listeners: Listening[]): boolean {
  const forward = { ...asked, local: asked.local || freePort(call, addresses) };
  const failures: { text: string; isLocalhost: boolean }[] = [];
  for (const { ip, protocol, isLocalhost } of addresses) {
    const host = protocol === 'tcp6' ? `[${ip}]` : ip;
    try {
      listeners.push(call.environment.listen(ip, forward.local, { relay: () => relay(forward) }));
      call.out(`Forwarding from ${host}:${forward.local} -> ${forward.remote}\n`);
    } catch (error) {
      const why = /bind: .*$/.exec(textOf(error))?.[0] ?? textOf(error);
      failures.push({ text: `unable to create listener: Error listen ${protocol} ${host}:${forward.local}: ${why}`, isLocalhost });
    }
  }
  const local = addresses.filter(({ isLocalhost }) => isLocalhost).length;
  const failedLocal = failures.filter(({ isLocalhost }) => isLocalhost).length;
  if (failures.length === failedLocal && (failedLocal === 0 || failedLocal < local)) return true;
  call.err(`Unable to listen on port ${forward.local}: Listeners failed to create with the following errors: [${failures.map(({ text }) => text).join(' ')}]\n`);
  return false;
}

/** A port that nothing listens on, as the kernel picks one. */
function freePort(call: Call, addresses: readonly Address[]): number {
  const { environment } = call;
  for (;;) {
    const port = EPHEMERAL.first + environment.world.random.int(EPHEMERAL.count);
    try {
      environment.listen(addresses[0]!.ip, port, {}).close();
      return port;
    } catch (error) {
      if (!/in use/.test(textOf(error))) return port;
    }
  }
}
