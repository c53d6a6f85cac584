/** Starts one container: back-off, image, configuration, creation, start; what is in the way becomes its waiting state. */
import { quantityValue, milliValue } from '../../api/quantity.ts';
import { qosClassOf } from '../../api/qos.ts';
import type { Container, Pod } from '../../api/types.ts';
import { parseReference } from '../images/catalogue.ts';
import { PORTS_VARIABLE } from '../images/plain.ts';
import type { RuntimeContainer, Sandbox } from '../runtime/container.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { ConfigError, environmentOf, expandVariables } from './environment.ts';
import { containerEvent, type NodeContext, podInMessages } from './node-context.ts';
import type { ContainerToStart } from './pod-actions.ts';
import type { AnyContainer, Waiting } from './pod-view.ts';
import { ownFiles } from './pod-files.ts';
import { mountsOf, podFolder, type PodVolumes } from './volumes.ts';

const RETRY_MS = 12_000; // kubelet: backOffPeriod 10 s, with jitter up to half as much again
const NODE_CRITICAL = 2_000_001_000; // system-node-critical
const PLEG_MS = 1000; // kubelet: how often it looks at the runtime; what it finds there causes the next sync

/** What the starter is told about its Pod. */
export interface StartRequest {
  pod: Pod;
  sandbox: Sandbox;
  volumes: PodVolumes;
  toStart: ContainerToStart;
  /** The last attempt, if there was one. */
  last: RuntimeContainer | undefined;
}

/** How it went: running, or waiting for a reason and worth another try at a time. */
export type StartOutcome = { started: RuntimeContainer } | Waits;
interface Waits {
  waiting: Waiting;
  retryAtMs: number;
  /** The container whose program could not be started. */
  attempted?: RuntimeContainer;
}

/** Starts a container; `done` is called once, later when an image has to be pulled. */
export function startContainer(context: NodeContext, request: StartRequest, done: (outcome: StartOutcome) => void): void {
  const { pod: { metadata }, toStart: { container } } = request;
  const end = (outcome: StartOutcome) => {
    if ('waiting' in outcome) context.log(`E kubelet pod_workers.go:1324] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"${container.name}\\" with ${outcome.waiting.reason}: ${JSON.stringify(JSON.stringify(outcome.waiting.message ?? '')).slice(1, -1)}" pod="${metadata.namespace}/${metadata.name}" podUID="${metadata.uid}"`);
    done(outcome);
  };
  const crashLoop = crashLoopBackOff(context, request);
  if (crashLoop) return end(crashLoop);
  ensureImage(context, request, (problem) => end(problem ?? createAndStart(context, request)));
}

function crashLoopBackOff(context: NodeContext, { pod, last, toStart: { container } }: StartRequest): StartOutcome | undefined {
  if (last?.state !== 'Exited') return undefined;
  const { containerBackOff, world } = context;
  const key = `${pod.metadata.uid}/${container.name}/${container.image}`;
  const nowMs = world.clock.now();
  const untilMs = containerBackOff.waitsUntil(key, last.finishedMs, nowMs);
  if (untilMs === undefined) {
    containerBackOff.next(key, last.finishedMs, nowMs);
    return undefined;
  }
  containerEvent(context, pod, container, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${podInMessages(pod)}`);
  const message = `back-off ${goSeconds(containerBackOff.delayMs(key))} restarting failed container=${container.name} pod=${podInMessages(pod)}`;
  return { waiting: { reason: 'CrashLoopBackOff', message }, retryAtMs: untilMs };
}

/** `10s`, `1m20s`, `5m0s`. */
function goSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function ensureImage(context: NodeContext, { pod, toStart: { container } }: StartRequest, done: (problem: StartOutcome | undefined) => void): void {
  const { runtime, world, imageBackOff } = context;
  const image = container.image ?? '';
  const say = (type: 'Normal' | 'Warning', reason: string, message: string) => containerEvent(context, pod, container, type, reason, message);
  const inTime = (ms: number) => world.clock.now() + ms;
  if (!runtime.pretend && !parseReference(image)) return done(invalidName(image, say, inTime(RETRY_MS)));
  const isPresent = runtime.imageStore.has(image);
  if (container.imagePullPolicy === 'Never' && !isPresent) return done(neverPulled(`Container image "${image}" is not present with pull policy of Never`, say, inTime(RETRY_MS)));
  // KubeletEnsureSecretPulledImages: who has not the login it was pulled with must ask the registry
  const isOpen = isPresent && (runtime.pretend || runtime.imageStore.isOpenTo(image, context.credentials(pod)));
  if (isPresent && !isOpen && container.imagePullPolicy === 'Never') return done(neverPulled(`Container image "${image}" is present with pull policy of Never but does not have the proper credentials to access the image`, say, inTime(RETRY_MS)));
  if (isOpen && container.imagePullPolicy !== 'Always') {
    say('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`);
    return done(undefined);
  }
  const key = `${pod.metadata.uid}/${image}`;
  const untilMs = imageBackOff.waitsUntil(key, imageBackOff.updatedMs(key), world.clock.now());
  if (untilMs !== undefined) {
    say('Normal', 'BackOff', `Back-off pulling image "${image}"`);
    say('Warning', 'Failed', 'Error: ImagePullBackOff');
    return done({ waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${context.pullErrors.get(key) ?? ''}` }, retryAtMs: untilMs });
  }
  pull(context, pod, image, key, say, done);
}

type Say = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

function pull({ runtime, world, imageBackOff, pullErrors, credentials }: NodeContext, pod: Pod, image: string, key: string, say: Say, done: (problem: StartOutcome | undefined) => void): void {
  say('Normal', 'Pulling', `Pulling image "${image}"`);
  runtime.imageStore.pull(image, (error, { pullMs, waitedMs, sizeBytes }) => {
    const nowMs = world.clock.now();
    if (error === undefined) {
      imageBackOff.forget(key);
      pullErrors.delete(key);
      say('Normal', 'Pulled', `Successfully pulled image "${image}" in ${inSeconds(pullMs)} (${inSeconds(waitedMs)} including waiting). Image size: ${sizeBytes} bytes.`);
      return done(undefined);
    }
    imageBackOff.next(key, nowMs, nowMs);
    pullErrors.set(key, error);
    say('Warning', 'Failed', `Failed to pull image "${image}": ${error}`);
    say('Warning', 'Failed', 'Error: ErrImagePull');
    const isFirst = imageBackOff.delayMs(key) <= 10_000;
    done({ waiting: { reason: 'ErrImagePull', message: error }, retryAtMs: nowMs + (isFirst ? PLEG_MS : RETRY_MS) });
  }, runtime.pretend ? [] : credentials(pod));
}

function neverPulled(message: string, say: Say, retryAtMs: number): StartOutcome {
  say('Warning', 'ErrImageNeverPull', message);
  say('Warning', 'Failed', 'Error: ErrImageNeverPull');
  return { waiting: { reason: 'ErrImageNeverPull', message }, retryAtMs };
}

function invalidName(image: string, say: Say, retryAtMs: number): StartOutcome {
  const repository = image.split(/[:@]/)[0] ?? '';
  const isUpper = /[A-Z]/.test(repository);
  const shown = repository.includes('/') ? repository : `library/${repository}`;
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format${isUpper ? `: repository name (${shown}) must be lowercase` : ''}`;
  say('Warning', 'InspectFailed', message);
  say('Warning', 'Failed', 'Error: InvalidImageName');
  return { waiting: { reason: 'InvalidImageName', message }, retryAtMs };
}

/** 701ms, 2.059s, 1m3.2s. */
function inSeconds(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  return `${minutes ? `${minutes}m` : ''}${(ms % 60_000) / 1000}s`;
}

function createAndStart(context: NodeContext, request: StartRequest): StartOutcome {
  const { runtime, world } = context;
  const { pod, sandbox, toStart: { container } } = request;
  const say: Say = (type, reason, message) => containerEvent(context, pod, container, type, reason, message);
  const fail = (reason: string, message: string): Waits => {
    say('Warning', 'Failed', `Error: ${message}`);
    return { waiting: { reason, message }, retryAtMs: world.clock.now() + RETRY_MS };
  };
  let created: RuntimeContainer;
  try {
    const config = containerConfig(context, request);
    checkProfiles(context, pod, container);
    created = runtime.createContainer(sandbox, config);
  } catch (error) {
    if (error instanceof ConfigError) return fail('CreateContainerConfigError', error.message);
    if (error instanceof RuntimeError) return fail('CreateContainerError', error.message);
    throw error;
  }
  say('Normal', 'Created', 'Container created');
  runtime.startContainer(created);
  if (created.state === 'Exited' && created.reason === 'StartError') return { ...fail('RunContainerError', created.message), retryAtMs: world.clock.now() + PLEG_MS, attempted: created };
  say('Normal', 'Started', 'Container started');
  return { started: created };
}

function containerConfig(context: NodeContext, { pod, sandbox, volumes, toStart: { container }, last }: StartRequest): Parameters<NodeContext['runtime']['createContainer']>[1] {
  checkUser(context, pod, container);
  const { runtime } = context;
  const facts = { podIP: sandbox.ip, hostIP: context.hostIP, nodeName: context.nodeName, allocatable: context.allocatable };
  const declared = environmentOf(pod, asContainer(container), context.objects(pod), facts);
  context.prepareResources(pod); // again after a restart of the kubelet
  const devices = context.deviceEdits(pod, container);
  const env = { ...context.serviceVariables(pod), ...devices.env, ...declared };
  const ports = (container.ports ?? []).map(({ containerPort }) => containerPort);
  const limits = container.resources?.limits ?? {};
  const { securityContext: own = {} } = container;
  const { securityContext: podWide = {} } = pod.spec;
  return {
    name: container.name, image: container.image ?? '',
    command: container.command?.map((part) => expandVariables(part, env)), args: container.args?.map((part) => expandVariables(part, env)),
    env: ports.length > 0 ? { ...env, [PORTS_VARIABLE]: ports.join(',') } : env,
    workingDir: container.workingDir, mounts: runtime.pretend ? [] : [...ownFiles(context, pod, sandbox), ...devices.files.map((path) => ({ path, source: context.files, sourcePath: path })), ...mountsOf(asContainer(container), volumes, env, `${podFolder(pod.metadata.uid)}/volume-subpaths`)], attempt: last ? last.config.attempt + 1 : 0,
    memoryLimitBytes: limits.memory === undefined ? undefined : quantityValue(limits.memory),
    cpuLimitMillis: limits.cpu === undefined ? undefined : milliValue(limits.cpu),
    oomScoreAdj: oomScoreAdj(pod, container, quantityValue(context.allocatable.memory ?? '1')),
    runAsUser: own.runAsUser ?? podWide.runAsUser, runAsGroup: own.runAsGroup ?? podWide.runAsGroup, groups: [...podWide.fsGroup === undefined ? [] : [podWide.fsGroup], ...podWide.supplementalGroups ?? []],
    capabilities: own.privileged ? { add: ['ALL'] } : own.capabilities, readOnlyRootFilesystem: own.readOnlyRootFilesystem,
    exposedPorts: ports, stdin: container.stdin, stdinOnce: container.stdinOnce, tty: container.tty,
  };
}

/** How readily the kernel kills a container when the node's memory is used up (kubelet's qos policy). */
function oomScoreAdj({ spec }: Pod, container: AnyContainer, capacityBytes: number): number {
  const qos = qosClassOf(spec);
  if (qos === 'Guaranteed' || (spec.priority ?? 0) >= NODE_CRITICAL) return -997;
  if (qos === 'BestEffort') return 1000;
  const request = quantityValue(String(container.resources?.requests?.memory ?? '0'));
  return Math.min(999, Math.max(3, 1000 - Math.floor((1000 * request) / capacityBytes)));
}

/** Profiles of the node's own must be there: a file below the kubelet's folder for seccomp, one that was loaded for AppArmor. */
function checkProfiles({ runtime, files }: NodeContext, { spec }: Pod, { securityContext: own = {} }: AnyContainer): void {
  if (runtime.pretend) return;
  const { seccompProfile: seccomp, appArmorProfile: appArmor } = { ...spec.securityContext, ...own };
  const path = `/var/lib/kubelet/seccomp/${seccomp?.localhostProfile ?? ''}`;
  if (seccomp?.type === 'Localhost' && !files.exists(path)) throw new RuntimeError('Unknown', `failed to create containerd container: cannot load seccomp profile "${path}": open ${path}: no such file or directory`);
  const profile = appArmor?.localhostProfile ?? '';
  const isLoaded = () => files.exists('/etc/apparmor.d') && files.list('/etc/apparmor.d').some((name) => name === profile || files.read(`/etc/apparmor.d/${name}`).includes(`profile ${profile} `));
  if (appArmor?.type === 'Localhost' && !isLoaded()) throw new RuntimeError('Unknown', `failed to get container spec opts: failed to generate apparmor spec opts: apparmor profile not found ${profile}`);
}

/** runAsNonRoot is checked before anything runs. */
function checkUser({ runtime }: NodeContext, pod: Pod, container: AnyContainer): void {
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot ?? false;
  if (!nonRoot || runtime.pretend) return;
  const asked = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const where = `(pod: "${podInMessages(pod)}", container: ${container.name})`;
  if (asked === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  const imageUser = runtime.imageStore.get(container.image ?? '')?.user ?? 0;
  if (asked === undefined && imageUser === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}

/** Ephemeral containers are containers for all that matters here. */
function asContainer(container: AnyContainer): Container {
  return { ...container, image: container.image ?? '' };
}
