/** kube-proxy as its container runs it: configuration and kubeconfig from its ConfigMap, rules into its node. */
import { parseDocument } from 'yaml';
import { networkTransport } from '../../client/transport.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import { FatalError, program, readFlagFile, readKubeconfig } from '../control-plane/program.ts';
import type { Behaviour } from '../process.ts';
import { KubeProxy, RuleCache } from './kube-proxy.ts';

const HEALTH_PORT = 10256;

/** The program `kube-proxy` on the nodes of one network. */
export function kubeProxyProgram(network: ClusterNetwork): Behaviour {
  const shared = new RuleCache();
  return program('kube-proxy', (flags, context) => {
    const configuration: unknown = parseDocument(readFlagFile(context, flags.text('config') ?? '/var/lib/kube-proxy/config.conf')).toJS();
    const path = field(field(configuration, 'clientConnection'), 'kubeconfig');
    if (typeof path !== 'string') throw new FatalError('failed complete: no kubeconfig in clientConnection');
    const { server, tls, token } = readKubeconfig(context, path);
    const proxy = new KubeProxy({
      world: context.world, random: context.random, transport: networkTransport(context.network, server, tls), credential: { token }, nodeName: context.nodeName, shared,
      install: (rules) => network.setRules(context.nodeName, rules),
    });
    const health = context.network.listen('0.0.0.0', HEALTH_PORT, { http: () => ({ status: 200, body: '{}' }) });
    context.write(`I ${context.nodeName} server_linux.go:53] "Using iptables proxy"\n`, 'stderr');
    context.world.soon('kube-proxy', () => proxy.start());
    return {
      stop() {
        health.close();
        proxy.stop();
      },
    };
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
