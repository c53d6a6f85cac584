/** The control plane's clients of the API server: scheduler, controller manager, cloud controller manager. */
import { Counters, counted } from '../../../client/counters.ts';
import { networkTransport } from '../../../client/transport.ts';
import type { ApiTransport } from '../../../apiserver/request.ts';
import { CloudControllerManager } from '../../../cloud/cloud-controller-manager.ts';
import type { Cloud } from '../../../cloud/cloud.ts';
import { ControllerManager } from '../../../controllers/controller-manager.ts';
import type { Component } from '../../../client/types.ts';
import type { AttemptLog } from '../../../scheduler/attempt.ts';
import { ConfigurationError, parseConfiguration } from '../../../scheduler/configuration.ts';
import { profilesOf } from '../../../scheduler/configured-profiles.ts';
import type { Profile } from '../../../scheduler/profile.ts';
import { Scheduler } from '../../../scheduler/scheduler.ts';
import type { HttpRequest, HttpResponse, Listening } from '../../../network/types.ts';
import { NetworkError } from '../../../network/types.ts';
import type { Behaviour, ProcessContext } from '../../process.ts';
import type { Flags } from '../flags.ts';
import { FatalError, klogFatal, klogTime, program, readFlagFile, readKubeconfig, type Running } from '../program.ts';

/** kube-scheduler, which notes its attempts in the log. With `--config` the flags for the same settings do not count. */
export const kubeSchedulerProgram = (attempts: AttemptLog): Behaviour => program('kube-scheduler', (flags, context) => {
  const path = flags.text('config');
  const asked = path ? schedulerConfiguration(context, path) : { kubeconfig: flags.text('kubeconfig'), leaderElect: flags.bool('leader-elect', true), profiles: undefined };
  const given = { ...asked, connection: connection(asked.kubeconfig, context) };
  const scheduler = new Scheduler({ ...given.connection, leaderElect: given.leaderElect, profiles: given.profiles, attempts, onExit: leaderLost(context) });
  const before = { ...attempts.results };
  for (const result of ['scheduled', 'unschedulable', 'error'] as const) given.connection.counters.watch('scheduler_schedule_attempts_total', 'counter', `result="${result}"`, () => attempts.results[result] - before[result]);
  return run(scheduler, flags, context, 10259, given.connection);
});

function schedulerConfiguration(context: ProcessContext, path: string): { kubeconfig: string | undefined; leaderElect: boolean; profiles: readonly Profile[] } {
  try {
    const configuration = parseConfiguration(readFlagFile(context, path));
    return { kubeconfig: configuration.clientConnection?.kubeconfig, leaderElect: configuration.leaderElection?.leaderElect ?? true, profiles: profilesOf(configuration) };
  } catch (error) {
    if (error instanceof ConfigurationError) throw klogFatal(context, 'run.go:72', error.message);
    throw error;
  }
}

/** kube-controller-manager. */
export const kubeControllerManagerProgram: Behaviour = program('kube-controller-manager', (flags, context) => {
  const file = (name: string) => {
    const path = flags.text(name);
    return path ? readFlagFile(context, path) : undefined;
  };
  file('client-ca-file');
  const [certificate, key] = [file('cluster-signing-cert-file'), file('cluster-signing-key-file')];
  const own = connection(flags.text('kubeconfig'), context);
  const manager = new ControllerManager({
    ...own, settings: flags, controllers: flags.has('controllers') ? flags.list('controllers') : ['*'],
    rootCa: file('root-ca-file'), serviceAccountKey: file('service-account-private-key-file'), signingAuthority: certificate && key ? { certificate, key } : undefined, clusterCidr: flags.bool('allocate-node-cidrs', false) ? flags.text('cluster-cidr') : undefined,
    leaderElect: flags.bool('leader-elect', true), useServiceAccounts: flags.bool('use-service-account-credentials', false), onExit: leaderLost(context),
  });
  return run(manager, flags, context, 10257, own);
});

/** cloud-controller-manager, for the pretend cloud. */
export const cloudControllerManagerProgram = (cloud: Cloud): Behaviour => program('cloud-controller-manager', (flags, context) => {
  const provider = flags.text('cloud-provider');
  if (provider !== 'pretend') throw klogFatal(context, 'controllermanager.go:156', `cloud provider could not be initialized: unknown cloud provider "${provider ?? ''}"`);
  const own = connection(flags.text('kubeconfig'), context);
  const manager = new CloudControllerManager({
    ...own, cloud, controllers: flags.has('controllers') ? flags.list('controllers') : ['*'],
    configureCloudRoutes: flags.bool('configure-cloud-routes', true) && flags.bool('allocate-node-cidrs', false), leaderElect: flags.bool('leader-elect', true), onExit: leaderLost(context),
  });
  return run(manager, flags, context, 10258, own);
});

interface Own extends Pick<ProcessContext, 'world' | 'random'> { transport: ApiTransport; tokenTransport: ApiTransport; credential: { token?: string }; hostname: string; counters: Counters }

function connection(path: string | undefined, context: ProcessContext): Own {
  if (!path) throw klogFatal(context, 'run.go:72', 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable');
  const { server, tls, token } = readKubeconfig(context, path);
  const counters = new Counters();
  const to = (how: Parameters<typeof networkTransport>[2]) => counted(networkTransport(context.network, server, how), counters);
  return { world: context.world, random: context.random, transport: to(tls), tokenTransport: to({ ca: tls.ca }), credential: { token }, hostname: context.hostname, counters };
}

function leaderLost(context: ProcessContext): (code: number) => void {
  return (code) => {
    context.write(`E${klogTime(context.world.clock.now())}       1 leaderelection.go:308] "Failed to renew lease, leaderelection lost"\n`, 'stderr');
    context.exit(code);
  };
}

const MEMORY_BYTES = 50 * 1024 * 1024;

/** Starts a component and its port: health for everybody, metrics for whom the API server lets read them. */
function run(component: Component, flags: Flags, context: ProcessContext, usualPort: number, own: Own): Running {
  let listening: Listening | undefined;
  const startedMs = context.world.clock.now();
  own.counters.watch('process_start_time_seconds', 'gauge', '', () => startedMs / 1000);
  const { usage } = context;
  if (usage) own.counters.watch('process_cpu_seconds_total', 'counter', '', () => usage().cpuMs / 1000);
  own.counters.watch('process_resident_memory_bytes', 'gauge', '', () => usage?.().memoryBytes ?? MEMORY_BYTES);
  const http = ({ path, headers }: HttpRequest): HttpResponse => {
    if (/^\/(healthz|livez|readyz)/.test(path)) return { status: 200, body: 'ok' };
    const status = path.split('?')[0] === '/metrics' ? mayRead(own, /^Bearer (\S+)$/.exec(headers?.authorization ?? '')?.[1]) : 403;
    if (status !== 200) return { status, body: status === 401 ? 'Unauthorized\n' : 'Forbidden\n' };
    return { status, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body: own.counters.text() };
  };
  try {
    listening = context.network.listen(flags.text('bind-address') ?? '0.0.0.0', flags.int('secure-port', usualPort), { http }, SELF_SIGNED);
  } catch (error) {
    if (error instanceof NetworkError) throw new FatalError(`failed to create listener: ${error.message}`);
    throw error;
  }
  context.useMemory(MEMORY_BYTES);
  context.world.soon(component.name, () => component.start());
  return {
    stop() {
      listening?.close();
      component.stop();
    },
  };
}

/** Delegated authentication and authorization: 200 for a token whose owner may get /metrics. */
function mayRead({ transport, credential }: Own, token: string | undefined): number {
  if (token === undefined) return 403;
  const ask = (path: string, body: object): unknown => {
    const answer = transport.handle({ method: 'POST', path, body, credential });
    return typeof answer.body === 'object' && answer.body !== null && 'status' in answer.body ? answer.body.status : undefined;
  };
  try {
    const { authenticated, user } = ask('/apis/authentication.k8s.io/v1/tokenreviews', { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token } }) as { authenticated?: boolean; user?: { username: string; groups?: string[] } };
    if (!authenticated || !user) return 401;
    const spec = { user: user.username, groups: user.groups, nonResourceAttributes: { path: '/metrics', verb: 'get' } };
    const { allowed } = ask('/apis/authorization.k8s.io/v1/subjectaccessreviews', { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec }) as { allowed?: boolean };
    return allowed ? 200 : 403;
  } catch (error) {
    if (error instanceof NetworkError) return 500;
    throw error;
  }
}

/** Serving certificates that the programs make for themselves; probes do not verify them. */
const SELF_SIGNED = { certificate: 'self-signed', key: 'self-signed' };
