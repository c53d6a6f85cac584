/** kindnetd, the agent of the cluster's CNI on each node: it follows NetworkPolicies and programs the node's kernel. */
import type { Timer } from '../../time/clock.ts';
import { createInformer } from '../client/informer.ts';
import { inCluster } from '../client/in-cluster.ts';
import { namespaces, networkPolicies, pods } from '../client/resources.ts';
import { FatalError, klogTime, program } from '../node/control-plane/program.ts';
import type { Behaviour } from '../node/process.ts';
import type { ClusterNetwork } from './network.ts';
import { NodePolicies } from './node-policies.ts';

const SYNC_MS = 1000;

/** The program `kindnetd`; what it has programmed stays when it ends. */
export const cniProgram = (network: ClusterNetwork): Behaviour => program('kindnetd', (_flags, context) => {
  const options = inCluster(context, 'kindnetd');
  if (typeof options === 'string') throw new FatalError(`panic: ${options}`, 2);
  const objects = { pods: createInformer(pods, options), namespaces: createInformer(namespaces, options), policies: createInformer(networkPolicies, options) };
  const policies = new NodePolicies(objects);
  const informers = Object.values(objects);
  for (const informer of informers) informer.start();
  let timer: Timer | undefined;
  // A predecessor's rules hold until the first full set is there.
  const install = () => {
    if (informers.every(({ hasSynced }) => hasSynced)) network.setPolicies(context.nodeName, policies);
    else timer = context.world.clock.after(SYNC_MS, 'kindnetd sync', install);
  };
  install();
  context.useMemory(20 * 1024 * 1024);
  context.useCpu(1);
  context.write(`I${klogTime(context.world.clock.now())}       1 main.go:109] connected to apiserver: ${options.transport.server}\nI${klogTime(context.world.clock.now())}       1 controller.go:377] "Starting controller" name="kube-network-policies"\n`, 'stderr');
  return { stop: () => { timer?.cancel(); for (const informer of informers) informer.stop(); } };
});
