/** A node of the cluster: a machine with a container runtime and a kubelet, started by its units. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import { milliValue, quantityValue } from '../api/quantity.ts';
import { networkTransport } from '../client/transport.ts';
import type { Disks } from '../cloud/disks.ts';
import { AddressPool } from '../network/addresses.ts';
import type { ClusterNetwork } from '../network/network.ts';
import { layOutGpus } from './gpus.ts';
import type { ImageCatalogue } from './process.ts';
import { certificateFor, type ClusterPki } from './control-plane/kubeadm.ts';
import { FatalError, readKubeconfig } from './control-plane/program.ts';
import { nodeResources } from './kubelet/allocatable.ts';
import { bootstrapCertificate } from './kubelet/bootstrap-certificate.ts';
import { readConfiguration } from './kubelet/configuration.ts';
import type { NodeStats } from './kubelet/eviction/signals.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { NodeDescription } from './kubelet/node-status.ts';
import { servingTls } from './kubelet/serving-certificate.ts';
import type { SavedEntry } from './os/disk-entries.ts';
import { installBinary } from './os/binary.ts';
import { NodeOs } from './os/node-os.ts';
import { addRepository, installPackage, KUBERNETES_PACKAGES } from './os/packages.ts';
import { type ServiceContext, type ServiceProgram, StartError } from './os/systemd.ts';
import { ContainerRuntime } from './runtime/container-runtime.ts';
import type { SavedRuntime } from './runtime/container.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { configurationProblem, faceOf } from './runtime/faces.ts';

const KUBELET_FLAGS = /^--(config|kubeconfig|bootstrap-kubeconfig|pod-infra-container-image|node-ip|hostname-override|v|cloud-provider|container-runtime-endpoint|node-labels|register-with-taints|max-pods|cgroup-driver)(=|$)/;

const SYSTEM_MEMORY_BYTES = 300 * 1024 ** 2; // the kernel, systemd, the kubelet and the runtime; a tenth of a small machine
const SYSTEM_DISK_BYTES = 4 * 1024 ** 3;
const SYSTEM_INODES = 75_000;
const SYSTEM_PROCESSES = 140;
const ROLE_PREFIX = 'node-role.kubernetes.io/';

export interface MachineOptions {
  world: World;
  random: Random;
  network: ClusterNetwork;
  images: ImageCatalogue;
  pki: ClusterPki;
  description: NodeDescription;
  podCidr: string;
  /** Where disks can be plugged in. */
  disks: Disks;
}

const CNI_FOLDER = '/etc/cni/net.d';

/** What outlives a machine's power: its disk, and whether it was on. */
export interface SavedMachine { files: SavedEntry; runtime: SavedRuntime; isOn: boolean }

export class Machine {
  readonly os: NodeOs;
  readonly runtime: ContainerRuntime;
  readonly description: NodeDescription;
  readonly isControlPlane: boolean;
  readonly #options: MachineOptions;
  readonly #memory: { capacityBytes: number; reservedBytes: number };
  readonly #diskBytes: number;
  #isBuilt = false;
  kubelet: Kubelet | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { random, network, images, description, podCidr } = options;
    const address = description.addresses.find((a) => a.type === 'InternalIP')!.address;
    this.description = description;
    this.isControlPlane = description.labels?.['node-role.kubernetes.io/control-plane'] !== undefined;
    this.#memory = { capacityBytes: quantityValue(description.capacity.memory ?? '4Gi'), reservedBytes: 0 };
    this.#memory.reservedBytes = Math.min(SYSTEM_MEMORY_BYTES, this.#memory.capacityBytes / 10);
    this.#diskBytes = quantityValue(description.capacity['ephemeral-storage'] ?? '40Gi');
    this.os = new NodeOs({ world: options.world, network, hostname: description.name, address, freeBytes: () => (this.#isBuilt ? this.stats().disk.availableBytes : Infinity), programs: () => ({ kubelet: this.#kubeletProgram(), [faceOf(description.nodeInfo.containerRuntimeVersion).program.split('/').pop()!]: this.#runtimeProgram() }) });
    const pool = new AddressPool(podCidr);
    this.runtime = new ContainerRuntime({
      world: this.os.world, random: random.fork('runtime'), nodeName: description.name, hostname: description.name, files: this.os.files, network, hostStack: this.os.network, images,
      allocateAddress: () => pool.allocate() ?? '', releaseAddress: (released) => pool.release(released), version: description.nodeInfo.containerRuntimeVersion, cpuMillis: milliValue(description.capacity.cpu ?? '1'),
      memory: this.#memory, freeBytes: () => this.stats().disk.availableBytes,
    });
    this.#isBuilt = true;
    this.runtime.setUp(false);
    const cards = random.fork('gpus');
    if (description.gpus) layOutGpus(this.os.files, description.gpus, () => cards.uuid());
    this.os.files.makeDirectory(CNI_FOLDER);
    this.os.files.write(`${CNI_FOLDER}/10-bridge.conflist`, `${JSON.stringify({ cniVersion: '1.0.0', name: 'bridge', plugins: [{ type: 'bridge', ipam: { type: 'host-local', subnet: podCidr } }, { type: 'portmap' }] }, null, 2)}\n`);
    for (const name of Object.keys(KUBERNETES_PACKAGES)) installPackage(this.os.files, name, `${description.nodeInfo.kubeletVersion.replace(/^v/, '')}-1.1`);
    addRepository(this.os.files, description.nodeInfo.kubeletVersion);
    installBinary(this.os.files, this.runtime.face.program, { name: this.runtime.face.program.split('/').pop()!, version: description.nodeInfo.containerRuntimeVersion.replace(/^.*:\/\//, 'v') });
    this.os.onPower((isOn) => { if (!isOn) this.runtime.powerOff(); });
  }

  saved(): SavedMachine { return { files: this.os.files.saved(), runtime: this.runtime.saved(), isOn: this.os.isOn }; }

  /** Takes over a disk that was saved; the machine is off. */
  load({ files, runtime }: SavedMachine): void {
    this.os.files.load(files);
    this.runtime.load(runtime);
  }

  get name(): string { return this.description.name; }
  /** The range that its Pods' addresses are of. */
  get podCidr(): string { return this.#options.podCidr; }

  /** What there is of memory and disk, and what is left: images, containers' layers, logs and volumes share the one disk. */
  stats(): NodeStats {
    const { runtime, os } = this;
    const [diskBytes, threadsMax] = [this.#diskBytes, Math.min(4_194_304, Math.floor(this.#memory.capacityBytes / 131_072))];
    const layers = runtime.containers().reduce((sum, { layerBytes }) => sum + layerBytes(), 0);
    const used = Math.min(SYSTEM_DISK_BYTES, this.#diskBytes / 10) + os.files.usedBytes + runtime.imageStore.usedBytes + layers;
    const left = (capacityBytes: number, usedBytes: number) => ({ capacityBytes, availableBytes: Math.max(0, capacityBytes - usedBytes) });
    return {
      memory: left(this.#memory.capacityBytes, runtime.memoryBytes), disk: left(this.#diskBytes, used),
      // Counted only when somebody asks: a file system of this size has an inode for each 16 KiB, a kernel a thread for each 128 KiB of memory.
      get inodes() { return left(Math.floor(diskBytes / 16_384), SYSTEM_INODES + os.files.count('/')); },
      get pids() { return left(threadsMax, SYSTEM_PROCESSES + runtime.containers().reduce((sum, { state, usage }) => sum + (state === 'Running' ? usage.processes : 0), 0)); },
    };
  }

  /** What is wrong with the Pod network of this node: containerd reads the folder anew whenever it changes. */
  get networkProblem(): string | undefined {
    const { files } = this.os;
    const isConfigured = files.exists(CNI_FOLDER) && files.list(CNI_FOLDER).some((name) => /\.(conf|conflist|json)$/.test(name));
    return isConfigured ? undefined : 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
  }

  #runtimeProgram(): ServiceProgram {
    return {
      start: (_argv, { log }) => {
        const problem = configurationProblem(this.runtime.face, this.os.files);
        if (problem.length > 0) throw new StartError(problem);
        this.runtime.setUp(true);
        log(this.runtime.face.booted);
        return { stop: () => this.runtime.setUp(false) };
      },
    };
  }

  #kubeletProgram(): ServiceProgram {
    return {
      start: (argv, context) => {
        const unknown = argv.find((arg) => !KUBELET_FLAGS.test(arg));
        if (unknown) throw new StartError([`E kubelet run.go:72] "command failed" err="failed to parse kubelet flag: unknown flag: ${unknown.split('=')[0]}"`]);
        const flag = (name: string) => argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
        const configuration = readConfiguration(this.os.files, flag('config') ?? '/var/lib/kubelet/config.yaml');
        const [kubeconfigPath, bootstrapPath] = [flag('kubeconfig') ?? '/etc/kubernetes/kubelet.conf', flag('bootstrap-kubeconfig')];
        const start = () => {
          const kubelet = this.#createKubelet(configuration, kubeconfigPath, context);
          this.kubelet = kubelet;
          context.log(`I kubelet server.go:212] "Kubelet version" kubeletVersion="${context.version}"`);
          context.log('"Started kubelet"');
          kubelet.start();
          const hold = (done: () => void) => kubelet.shutdown.begin(done);
          this.os.inhibitors.add(hold);
          return {
            stop: () => {
              kubelet.stop();
              this.os.inhibitors.delete(hold);
              if (this.kubelet === kubelet) this.kubelet = undefined;
            },
          };
        };
        const { files, world, network } = this.os;
        const expiredMs = files.exists(kubeconfigPath) ? parseCertificate(this.#readKubeconfig(kubeconfigPath).tls.certificate ?? '')?.notAfterMs ?? Infinity : -Infinity;
        if (expiredMs > world.clock.now() || !bootstrapPath) return start();
        if (expiredMs > 0) context.log(`E kubelet bootstrap.go:266] "part of the existing bootstrap client certificate in ${kubeconfigPath} is expired: ${new Date(expiredMs).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC"`);
        if (!files.exists(bootstrapPath)) throw new StartError([`E kubelet run.go:72] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat ${bootstrapPath}: no such file or directory"`]);
        const { random } = this.#options;
        let running = bootstrapCertificate({ world, files, network, random: random.fork(`bootstrap ${world.clock.now()}`), nodeName: this.name, bootstrapPath, kubeconfigPath, log: context.log, onReady: () => { running = start(); } });
        return { stop: () => running.stop() };
      },
    };
  }

  #createKubelet(configuration: ReturnType<typeof readConfiguration>, kubeconfigPath: string, { log, exit, version }: Pick<ServiceContext, 'log' | 'exit' | 'version'>): Kubelet {
    const { random, pki, description, disks } = this.#options;
    const { files, network, world } = this.os;
    const { server, tls } = this.#readKubeconfig(kubeconfigPath);
    if (configuration.clientCAFile && !files.exists(configuration.clientCAFile)) {
      throw new StartError([`E kubelet run.go:72] "command failed" err="failed to construct kubelet dependencies: unable to load client CA file ${configuration.clientCAFile}: open ${configuration.clientCAFile}: no such file or directory"`]);
    }
    const socket = configuration.containerRuntimeEndpoint.replace(/^unix:\/\//, '');
    if (socket.replace(/^\/var\/run/, '/run') !== this.runtime.face.socket.replace(/^\/var\/run/, '/run') || !this.runtime.isUp) {
      throw new StartError([`E kubelet run.go:72] "command failed" err="failed to run Kubelet: validate service connection: validate CRI v1 runtime API for endpoint \\"${configuration.containerRuntimeEndpoint}\\": ${this.runtime.noAnswer(socket).replaceAll('"', '\\"')}"`]);
    }
    const altNames = [this.name, this.os.address];
    const serving = () => certificateFor({ random: random.fork('kubelet serving'), nowMs: world.clock.now() }, pki.ca, `system:node:${this.name}`, { organizations: ['system:nodes'], usages: ['server auth'], altNames });
    const servingPair = servingTls(files, configuration, serving);
    return new Kubelet({
      world, transport: networkTransport(network, server, tls), runtime: this.runtime, files, network,
      node: { ...description, nodeInfo: { ...description.nodeInfo, kubeletVersion: version }, labels: withoutRoles(description.labels), ...nodeResources(description, configuration) },
      staticPodPath: configuration.staticPodPath, clusterDNS: configuration.clusterDNS, clusterDomain: configuration.clusterDomain,
      tls: servingPair,
      rotations: [
        ...(configuration.rotateCertificates ? [{ purpose: 'client' as const, tls, random: random.fork('client certificate'), expired: () => exit(1) }] : []),
        ...(configuration.serverTLSBootstrap && !configuration.tlsCertFile ? [{ purpose: 'serving' as const, tls: servingPair, random: random.fork('serving certificate'), altNames }] : []),
      ],
      networkProblem: () => this.networkProblem, disk: (id) => disks.on(this.name, id), log, configuration, stats: () => this.stats(),
    });
  }

  #readKubeconfig(path: string): ReturnType<typeof readKubeconfig> {
    try {
      return readKubeconfig({ files: this.os.files }, path);
    } catch (error) {
      if (error instanceof FatalError) throw new StartError([`E kubelet run.go:72] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: ${error.message}"`]);
      throw error;
    }
  }
}

/** Labels that a kubelet may give its own Node: roles are set by an administrator (NodeRestriction). */
function withoutRoles(labels: NodeDescription['labels'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(ROLE_PREFIX)));
}
