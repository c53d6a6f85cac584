/** The control plane's clients of the API server: scheduler, controller manager, cloud controller manager. */
import { networkTransport } from '../../../client/transport.ts';
import type { ApiTransport } from '../../../apiserver/request.ts';
import { CloudControllerManager } from '../../../cloud/cloud-controller-manager.ts';
import type { Cloud } from '../../../cloud/cloud.ts';
import { ControllerManager } from '../../../controllers/controller-manager.ts';
import type { Component } from '../../../client/types.ts';
import type { AttemptLog } from '../../../scheduler/attempt.ts';
import { ConfigurationError, parseConfiguration, profilesOf } from '../../../scheduler/configuration.ts';
import type { Profile } from '../../../scheduler/profile.ts';
import { Scheduler } from '../../../scheduler/scheduler.ts';
import type { Listening } from '../../../network/types.ts';
import { NetworkError } from '../../../network/types.ts';
import type { Behaviour, ProcessContext } from '../../process.ts';
import type { Flags } from '../flags.ts';
import { FatalError, klogFatal, klogTime, program, readFlagFile, readKubeconfig, type Running } from '../program.ts';

/** kube-scheduler, which notes its attempts in the log. With `--config` the flags for the same settings do not count. */
export const kubeSchedulerProgram = (attempts: AttemptLog): Behaviour => program('kube-scheduler', (flags, context) => {
  const path = flags.text('config');
  const given = path ? schedulerConfiguration(context, path) : { kubeconfig: flags.text('kubeconfig'), leaderElect: flags.bool('leader-elect', true), profiles: undefined };
  const scheduler = new Scheduler({ ...connection(given.kubeconfig, context), leaderElect: given.leaderElect, profiles: given.profiles, attempts, onExit: leaderLost(context) });
  return run(scheduler, flags, context, 10259);
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
  const manager = new ControllerManager({
    ...connection(flags.text('kubeconfig'), context), settings: flags, controllers: flags.has('controllers') ? flags.list('controllers') : ['*'],
    rootCa: file('root-ca-file'), serviceAccountKey: file('service-account-private-key-file'), signingAuthority: certificate && key ? { certificate, key } : undefined, clusterCidr: flags.bool('allocate-node-cidrs', false) ? flags.text('cluster-cidr') : undefined,
    leaderElect: flags.bool('leader-elect', true), useServiceAccounts: flags.bool('use-service-account-credentials', false), onExit: leaderLost(context),
  });
  return run(manager, flags, context, 10257);
});

/** cloud-controller-manager, for the pretend cloud. */
export const cloudControllerManagerProgram = (cloud: Cloud): Behaviour => program('cloud-controller-manager', (flags, context) => {
  const provider = flags.text('cloud-provider');
  if (provider !== 'pretend') throw klogFatal(context, 'controllermanager.go:156', `cloud provider could not be initialized: unknown cloud provider "${provider ?? ''}"`);
  const manager = new CloudControllerManager({
    ...connection(flags.text('kubeconfig'), context), cloud, controllers: flags.has('controllers') ? flags.list('controllers') : ['*'],
    configureCloudRoutes: flags.bool('configure-cloud-routes', true) && flags.bool('allocate-node-cidrs', false), leaderElect: flags.bool('leader-elect', true), onExit: leaderLost(context),
  });
  return run(manager, flags, context, 10258);
});

function connection(path: string | undefined, context: ProcessContext): { world: ProcessContext['world']; random: ProcessContext['random']; transport: ApiTransport; tokenTransport: ApiTransport; credential: { token?: string }; hostname: string } {
  if (!path) throw klogFatal(context, 'run.go:72', 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable');
  const { server, tls, token } = readKubeconfig(context, path);
  return { world: context.world, random: context.random, transport: networkTransport(context.network, server, tls), tokenTransport: networkTransport(context.network, server, { ca: tls.ca }), credential: { token }, hostname: context.hostname };
}

function leaderLost(context: ProcessContext): (code: number) => void {
  return (code) => {
    context.write(`E${klogTime(context.world.clock.now())}       1 leaderelection.go:308] "Failed to renew lease, leaderelection lost"\n`, 'stderr');
    context.exit(code);
  };
}

/** Starts a component and its health port. */
function run(component: Component, flags: Flags, context: ProcessContext, usualPort: number): Running {
  let listening: Listening | undefined;
  try {
    listening = context.network.listen(flags.text('bind-address') ?? '0.0.0.0', flags.int('secure-port', usualPort), {
      http: ({ path }) => (/^\/(healthz|livez|readyz)/.test(path) ? { status: 200, body: 'ok' } : { status: 403, body: 'Forbidden\n' }),
    }, SELF_SIGNED);
  } catch (error) {
    if (error instanceof NetworkError) throw new FatalError(`failed to create listener: ${error.message}`);
    throw error;
  }
  context.useMemory(50 * 1024 * 1024);
  context.world.soon(component.name, () => component.start());
  return {
    stop() {
      listening?.close();
      component.stop();
    },
  };
}

/** Serving certificates that the programs make for themselves; probes do not verify them. */
const SELF_SIGNED = { certificate: 'self-signed', key: 'self-signed' };
