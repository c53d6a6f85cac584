/** The kubelet: one worker a Pod, fed by the API server and by the folder of static Pods; keeps its Node and its Lease. */
import type { Timer } from '../../../time/clock.ts';
import type { OpenStream, StreamSink } from '../../apiserver/request.ts';
import type { Pod } from '../../api/types.ts';
import { createClient } from '../../client/client.ts';
import { createInformer } from '../../client/informer.ts';
import { createRecorder } from '../../client/recorder.ts';
import { pods } from '../../client/resources.ts';
import type { ApiClient, Component, EventRecorder, Informer } from '../../client/types.ts';
import type { Connection, Listening, Peer } from '../../network/types.ts';
import type { AttachRequest, ExecRequest, KubeletFace, KubeletRefusal, LogRequest } from '../kubelet-face.ts';
import { BackOff } from './back-off.ts';
import { CertificateRotation } from './certificate-rotation.ts';
import { DEFAULT_CONFIGURATION } from './configuration.ts';
import { type HttpApiOptions, listenHttp, refusal } from './http-api.ts';
import { KubeletClient } from './kubelet-client.ts';
import type { KubeletOptions } from './kubelet-options.ts';
import { MirrorPods } from './mirror-pods.ts';
import { NodeAdmission } from './node-admission.ts';
import type { NodeContext } from './node-context.ts';
import { NodeKeeper } from './node-keeper.ts';
import { NodePressure } from './node-pressure.ts';
import { NodeSupplies } from './node-supplies.ts';
import { NodeShutdown } from './node-shutdown.ts';
import { openAttach, openExec, openLogs, openPort } from './pod-streams.ts';
import { resolverOf } from './pod-resolver.ts';
import { resourceMetrics } from './resource-metrics.ts';
import { PodWorker } from './pod-worker.ts';
import { StaticPodWorkers } from './static-pod-workers.ts';
import { isMirror, isStatic } from './static-pods.ts';
import { StatusWriter } from './status-writer.ts';

export class Kubelet implements Component, KubeletFace {
  readonly name = 'kubelet';
  readonly #options: KubeletOptions;
  readonly #client: ApiClient;
  readonly #recorder: EventRecorder;
  readonly #informer: Informer<Pod>;
  readonly #writer: StatusWriter;
  readonly #mirrors: MirrorPods;
  readonly #keeper: NodeKeeper;
  readonly #pressure: NodePressure | undefined;
  readonly #admission: NodeAdmission;
  readonly shutdown: NodeShutdown;
  readonly #context: NodeContext;
  readonly #supplies: NodeSupplies;
  /** By UID. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #rotations: readonly CertificateRotation[];
  #statics: StaticPodWorkers | undefined;
  #listening: Listening[] = [];
  #watching: { close(): void } | undefined;
  #housekeeping: Timer | undefined;
  #isRunning = false;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { world, transport, credential, node, runtime } = options;
    const userAgent = `kubelet/${node.nodeInfo.kubeletVersion}`;
    this.#client = createClient({ transport, credential, userAgent });
    this.#recorder = createRecorder({ world, client: this.#client, component: 'kubelet', host: node.name });
    this.#informer = createInformer(pods, { world, transport, credential, userAgent, fieldSelector: `spec.nodeName=${node.name}` });
    this.#mirrors = new MirrorPods(world, this.#client, node.name, (pod) => this.#writer.rewrite(pod.metadata.uid));
    this.#writer = new StatusWriter(world, this.#client, (pod) => (isStatic(pod) ? this.#mirrors.target(pod) : pod));
    this.#supplies = new NodeSupplies({ world, client: this.#client, recorder: this.#recorder, files: options.files, nodeName: node.name, isHollow: runtime.pretend, disk: options.disk });
    this.#keeper = new NodeKeeper({
      world, client: this.#client, recorder: this.#recorder, node, server: transport.server, log: (line) => options.log?.(line), isHollow: runtime.pretend, problem: () => this.#problem(), pressures: () => this.#pressure?.pressures ?? [], offers: () => ({ declaredFeatures: options.configuration?.declaredFeatures, ...this.#supplies.offers() }),
      registered: () => {
        this.#mirrors.retry();
        this.#supplies.registered();
      },
    });
    const { files, configuration = DEFAULT_CONFIGURATION, stats } = options;
    this.#pressure = stats && new NodePressure({ world, runtime, files, configuration, stats, workers: () => this.workers(), recorder: this.#recorder, announce: (reason, message) => this.#keeper.warn(reason, message) });
    this.shutdown = new NodeShutdown({ world, configuration, workers: () => this.workers(), announce: () => this.#keeper.shuttingDown() });
    this.#admission = new NodeAdmission({
      node, isHollow: runtime.pretend, workers: () => this.workers(), stored: () => this.#keeper.stored(), pressure: this.#pressure, supplies: this.#supplies, recorder: this.#recorder, isShuttingDown: () => this.shutdown.isUnderWay,
      allocatable: () => ({ ...(node.allocatable ?? node.capacity), ...this.#supplies.offers().allocatable }),
    });
    this.#rotations = (options.rotations ?? []).map((each) => new CertificateRotation({ ...each, world, client: this.#client, files, nodeName: node.name, log: options.log ?? (() => undefined) }));
    this.#context = this.#makeContext();
    this.#informer.onChange((now, old) => this.#podChanged(now, old));
  }

  get #nodeName(): string { return this.#options.node.name; }

  /** Registers the node and takes over what the runtime still runs. */
  start(): void {
    const { runtime } = this.#options;
    this.#isRunning = true;
    if (!runtime.pretend) this.#listening = listenHttp(this.#options.network, this, this.#httpApi(), this.#options.tls);
    this.#watching = runtime.onChange((container) => this.#workers.get(container.sandbox.config.uid)?.containerChanged(container));
    this.#supplies.start();
    this.#statics = this.#readStatics();
    this.#statics?.start();
    this.#keeper.start();
    for (const rotation of this.#rotations) rotation.start();
    this.#pressure?.start();
    this.#informer.start();
    this.#cleanUpLater();
  }

  /** Lets go of everything at once; containers go on. */
  stop(): void {
    this.#isRunning = false;
    for (const listening of this.#listening.splice(0)) listening.close();
    this.#watching?.close();
    this.#housekeeping?.cancel();
    this.#statics?.stop();
    this.#informer.stop();
    this.#keeper.stop();
    for (const rotation of this.#rotations) rotation.stop();
    this.#pressure?.stop();
    this.#supplies.stop();
    this.#mirrors.stop();
    this.#writer.stop();
    for (const worker of this.#workers.values()) worker.letGo();
    this.#workers.clear();
  }

  refusal(peer: Peer): KubeletRefusal | undefined {
    if (!this.#options.tls) return undefined;
    const refused = refusal(this.#httpApi(), { method: 'GET', path: '/containerLogs' }, peer);
    return refused && { code: refused.status, message: refused.body.trim() };
  }

  #httpApi(): HttpApiOptions {
    const { node, configuration = DEFAULT_CONFIGURATION, tls, world, stats, runtime } = this.#options;
    return { client: this.#client, nodeName: node.name, configuration, clientCa: tls?.clientCa, nowMs: () => world.clock.now(), workers: () => this.workers(), stats, resourceMetrics: () => resourceMetrics(runtime, world.clock.now()) };
  }

  logs(request: LogRequest, sink: StreamSink): OpenStream | KubeletRefusal {
    return openLogs(this.#context, this.#workerOf(request), request, sink);
  }

  exec(request: ExecRequest, sink: StreamSink): OpenStream | KubeletRefusal {
    return openExec(this.#context, this.#workerOf(request), request, sink);
  }

  attach(request: AttachRequest, sink: StreamSink): OpenStream | KubeletRefusal {
    return openAttach(this.#context, this.#workerOf(request), request, sink);
  }

  portForward(request: { namespace: string; pod: string; port: number }): Connection | KubeletRefusal {
    return openPort(this.#workerOf(request), request.port);
  }

  /** The workers, for usage figures and tools of the node. */
  workers(): PodWorker[] { return [...this.#workers.values()]; }

  #workerOf({ namespace, pod }: { namespace: string; pod: string }): PodWorker | undefined {
    const stored = this.#informer.get(`${namespace}/${pod}`);
    const byUid = stored && this.#workers.get(stored.metadata.uid);
    return byUid ?? [...this.#workers.values()].reverse().find(({ pod: { metadata } }) => metadata.name === pod && metadata.namespace === namespace);
  }

  #makeContext(): NodeContext {
    const { world, runtime, files, network, node, clusterDNS = [], clusterDomain = 'cluster.local' } = this.#options;
    const api = new KubeletClient(world, this.#client);
    runtime.imageStore.maxParallelPulls = this.#options.configuration?.parallelImagePulls ?? 1;
    const hostIP = node.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
    return {
      world, runtime, files, network, hostIP, allocatable: node.allocatable ?? node.capacity, nodeName: node.name, recorder: this.#recorder,
      containerBackOff: new BackOff(this.#options.configuration?.maxContainerRestartPeriodMs, this.#options.configuration?.firstContainerRestartPeriodMs), imageBackOff: new BackOff(), pullErrors: new Map(),
      objects: (pod) => api.objects(pod.metadata.namespace ?? ''),
      token: (pod, audience, seconds) => api.token(pod, audience, seconds),
      credentials: (pod) => api.credentials(pod, (names) => this.#recorder.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', `Unable to retrieve some image pull secrets (${names.join(', ')}); attempting to pull the image may not succeed.`)),
      claim: (pod, name) => this.#supplies.claim(pod, name),
      prepareResources: (pod) => this.#supplies.prepare(pod),
      deviceEdits: (pod, container) => this.#supplies.edits(pod, container),
      networkProblem: () => this.#options.networkProblem?.(),
      log: (line) => this.#options.log?.(line),
      serviceVariables: (pod) => (runtime.pretend ? {} : api.serviceVariables(pod)),
      resolver: (pod) => resolverOf(pod, clusterDNS, clusterDomain),
      admit: (pod, { alone = false } = {}) => this.#admission.refusal(pod, alone),
      report: (pod, status) => this.#writer.report(pod, status),
      finished: (pod) => this.#finished(pod),
    };
  }

  #problem(): string | undefined {
    if (!this.#options.runtime.isUp) return 'container runtime is down';
    if (this.shutdown.isUnderWay) return 'node is shutting down';
    return this.#options.networkProblem?.();
  }

  #podChanged(now: Pod | undefined, old: Pod | undefined): void {
    const pod = now ?? old;
    if (!pod) return;
    if (isMirror(pod)) return this.#mirrors.changed(now, old);
    if (old && (!now || now.metadata.uid !== old.metadata.uid)) this.#objectGone(old);
    if (!now) return;
    const worker = this.#workers.get(now.metadata.uid);
    if (worker) worker.update(now);
    else this.#begin(now);
  }

  #begin(pod: Pod): void {
    const worker = new PodWorker(this.#context, pod, this.#foundOnNode(pod.metadata.uid));
    this.#workers.set(pod.metadata.uid, worker);
    if (pod.metadata.deletionTimestamp) worker.terminate();
    else worker.sync();
  }

  /** What the runtime holds of a Pod from an earlier life of the kubelet. */
  #foundOnNode(uid: string) {
    const { runtime } = this.#options;
    const sandbox = runtime.sandboxes().filter(({ config }) => config.uid === uid).at(-1);
    return sandbox && { sandbox, containers: runtime.containers().filter((container) => container.sandbox.config.uid === uid) };
  }

  /** The object was removed without waiting for this node: its containers are stopped now. */
  #objectGone(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    if (!worker) return;
    if (worker.isTerminated) this.#forget(worker);
    else worker.terminate({ graceSeconds: pod.metadata.deletionGracePeriodSeconds ?? 0 });
  }

  /** Nothing runs any more: the object may go, if it is to go. */
  #finished(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    if (!worker || !this.#isRunning) return;
    this.#supplies.release(pod);
    if (isStatic(pod)) return this.#statics?.finished(worker);
    const stored = this.#informer.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
    if (stored?.metadata.uid !== pod.metadata.uid) this.#forget(worker);
    else if (pod.metadata.deletionTimestamp) this.#writer.delete(pod);
  }

  #forget(worker: PodWorker): void {
    const { runtime, files } = this.#options;
    const { uid, name, namespace } = worker.pod.metadata;
    worker.letGo();
    this.#workers.delete(uid);
    this.#writer.forget(uid);
    for (const sandbox of runtime.sandboxes()) if (sandbox.config.uid === uid) runtime.removeSandbox(sandbox);
    if (runtime.pretend) return;
    files.remove(`/var/lib/kubelet/pods/${uid}`, { recursive: true, force: true });
    files.remove(`/var/log/pods/${namespace}_${name}_${uid}`, { recursive: true, force: true });
  }

  #readStatics(): StaticPodWorkers | undefined {
    const { world, files, staticPodPath, log = () => undefined } = this.#options;
    return staticPodPath ? new StaticPodWorkers({ world, files, folder: staticPodPath, nodeName: this.#nodeName, log, workers: this.#workers, mirrors: this.#mirrors, begin: (pod) => this.#begin(pod), forget: (worker) => this.#forget(worker) }) : undefined;
  }

  /** Kills what runs here but is nobody's any more: Pods removed while the kubelet was down. */
  #cleanUpLater(): void {
    const { world, runtime } = this.#options;
    if (runtime.sandboxes().length === 0) return;
    this.#housekeeping = world.clock.after(HOUSEKEEPING_MS, 'housekeeping', () => {
      if (!this.#informer.hasSynced) return this.#cleanUpLater();
      for (const sandbox of runtime.sandboxes()) if (!this.#workers.has(sandbox.config.uid)) runtime.removeSandbox(sandbox);
    });
  }
}

const HOUSEKEEPING_MS = 2000; // kubelet: housekeepingPeriod
