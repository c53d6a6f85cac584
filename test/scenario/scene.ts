/**
 * A whole booted cluster behind a terminal, for the rules that controllers follow: commands and manifests in, objects, events and words out.
 * Hollow nodes pretend to run their Pods and boot at once; a kubeadm cluster runs everything for real.
 */
import type { KubeObject, Node } from '../../src/cluster/api/types.ts';
import type { SavedCluster } from '../../src/cluster/saved-cluster.ts';
import type { ApiRequest, ApiTransport } from '../../src/cluster/apiserver/request.ts';
import { createInformer } from '../../src/cluster/client/informer.ts';
import { networkTransport } from '../../src/cluster/client/transport.ts';
import type { ResourceRef } from '../../src/cluster/client/types.ts';
import { certificateFor } from '../../src/cluster/node/control-plane/kubeadm.ts';
import { Runner } from '../../src/engine/run.ts';

export { deployment, replicaSet, template } from '../cluster/controllers/scene.ts';

/** What matters of a node: its size, labels, taints. */
export interface NodePart { cpu?: string; memory?: string; pods?: string; labels?: Record<string, string>; taints?: object[]; extended?: Record<string, string> }

export class Scene {
  readonly #runner: Runner;
  /** An administrator's way to the API server. */
  readonly transport: ApiTransport;

  private constructor(runner: Runner) {
    this.#runner = runner;
    const { pki, world, workstation, server } = runner.cluster;
    const { certificate, key } = certificateFor({ random: world.random.fork('scene'), nowMs: world.clock.now() }, pki.ca, 'scene', { organizations: ['system:masters'] });
    this.transport = networkTransport(workstation, server, { ca: pki.ca.certificate, certificate, key });
  }

  /** Nodes that only pretend, with a control plane beside them. */
  static async hollow(nodes: Record<string, NodePart> = { w1: {} }): Promise<Scene> {
    const manifests = Object.entries(nodes).map(([name, part], index) => nodeOf(name, part, index, 'fakeRuntime://0.1.0'));
    return new Scene(await Runner.start({ seed: 1, manifests: manifests.map((node) => JSON.stringify(node)).join('\n---\n') }));
  }

  /** A control-plane node and workers, all of them real machines. */
  static async kubeadm(nodes: Record<string, NodePart> = { w1: {} }): Promise<Scene> {
    const controlPlane = { cpu: '2', labels: { 'node-role.kubernetes.io/control-plane': '' }, taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] };
    const manifests = Object.entries({ cp: controlPlane, ...nodes }).map(([name, part], index) => nodeOf(name, part, index, 'containerd://2.1.4'));
    return new Scene(await Runner.start({ seed: 1, manifests: manifests.map((node) => JSON.stringify(node)).join('\n---\n') }));
  }

  /** The same cluster after the power of all machines was cut for `seconds`: all that is left is what `saved` tells. */
  async afterPowerCut(seconds = 60): Promise<Scene> {
    const saved: SavedCluster = JSON.parse(JSON.stringify(this.cluster.saved()));
    return new Scene(await Runner.restart(saved, this.nowMs + seconds * 1000));
  }

  get cluster() { return this.#runner.cluster; }
  get nowMs(): number { return this.cluster.world.clock.now(); }
  wait(seconds: number): Promise<void> { return this.#runner.wait(seconds * 1000); }

  /** What a line in the terminal says: its output, then its complaints. */
  async run(line: string): Promise<string> {
    const { stdout, stderr } = await this.#runner.run(line);
    return (stdout + stderr).trim();
  }

  /** `kubectl WORDS`. */
  k(words: string): Promise<string> { return this.run(`kubectl ${words}`); }

  /** `kubectl apply` (or create, replace) of manifests; what it says. */
  apply(...objects: object[]): Promise<string> { return this.#from('apply', objects); }
  make(...objects: object[]): Promise<string> { return this.#from('create', objects); }
  #from(verb: string, objects: object[]): Promise<string> {
    return this.run(`kubectl ${verb} -f - <<'MANIFESTS'\n${objects.map((object) => JSON.stringify(object)).join('\n---\n')}\nMANIFESTS`);
  }

  /** A field by its JSONPath: `see('deploy web', '.status.replicas')`. */
  see(what: string, path: string): Promise<string> { return this.k(`get ${what} -o jsonpath='{${path}}'`); }
  /** The names of the objects, sorted. */
  async names(what: string): Promise<string[]> { return (await this.see(what, '.items[*].metadata.name')).split(' ').filter(Boolean).sort(); }

  patch(what: string, patch: object, flags = ''): Promise<string> { return this.k(`patch ${what} --type=merge -p '${JSON.stringify(patch)}' ${flags}`); }

  /** Lets gated Pods become ready, or no more. */
  async open(names: readonly string[], status = 'True'): Promise<void> {
    for (const name of names) await this.patch(`pod ${name}`, { status: { conditions: [{ type: 'example.com/open', status }] } }, '--subresource=status --type=strategic');
    await this.wait(2);
  }

  /** `reason: message` of the events about an object. */
  async events(name: string): Promise<string[]> {
    const said = await this.k(`get events -A --field-selector involvedObject.name=${name} -o jsonpath='{range .items[*]}{.reason}: {.message}{"\\n"}{end}'`);
    return said.split('\n').filter(Boolean);
  }

  /** The answer of the API server to a request of an administrator: its code, and what it says when it refuses. */
  ask(method: ApiRequest['method'], path: string, body?: object, more: Partial<ApiRequest> = {}): string {
    const { code, body: answer } = this.transport.handle({ method, path, body, ...more });
    const said = typeof answer === 'object' && answer !== null && 'message' in answer ? ` ${String(answer.message)}` : '';
    return `${code}${said}`;
  }

  /** Calls `see` with all objects of a resource after each change, from now on. */
  follow<T extends KubeObject>(resource: ResourceRef<T>, see: (all: readonly T[]) => void): void {
    const informer = createInformer(resource, { world: this.cluster.world, transport: this.transport });
    informer.onChange(() => see(informer.list()));
    informer.start();
  }
}

function nodeOf(name: string, { cpu = '4', memory = '8Gi', pods = '110', labels, taints, extended }: NodePart, index: number, containerRuntimeVersion: string): object {
  const status = { capacity: { cpu, memory, pods, 'ephemeral-storage': '40Gi', ...extended }, addresses: [{ type: 'InternalIP', address: `10.0.0.${10 + index}` }], nodeInfo: { containerRuntimeVersion } as Node['status']['nodeInfo'] };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec: taints ? { taints } : {}, status };
}

/** A Pod of one container that asks for `requests`. */
export function pod(name: string, spec: object = {}, metadata: object = {}, requests?: object): object {
  const container = { name: 'c', image: 'nginx:1.27', ...(requests ? { resources: { requests } } : {}) };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers: [container], ...spec } };
}

/** Part of a Pod's spec that leaves it unready until `open`. */
export const GATED = { readinessGates: [{ conditionType: 'example.com/open' }] };

/** Part of a Pod's spec for a real container that does nothing, and takes its whole grace period to end. */
export const SLEEPER = { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '1000000'] }] };
