/** kube-proxy as a container's process: its configuration file, its kubeconfig, and the node's kernel. */
import { parseDocument } from 'yaml';
import { networkTransport } from '../../client/transport.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import { NetworkError } from '../../network/types.ts';
import { FatalError, klogFatal, klogTime, program, readFlagFile, readKubeconfig } from '../control-plane/program.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { KubeProxy } from './kube-proxy.ts';

const MODES = ['iptables', 'ipvs', 'nftables'];
const WHERE = 'run.go:72';

interface Configuration { kubeconfig: string; mode: string; healthz: string; metrics: string }

/** The program; its rules go into the kernels of this network's nodes. */
export const kubeProxyProgram = (network: ClusterNetwork): Behaviour => program('kube-proxy', (flags, context) => {
  const path = flags.text('config');
  const file = path ? readConfiguration(context, path) : undefined;
  const kubeconfig = file?.kubeconfig ?? flags.text('kubeconfig');
  const mode = file?.mode ?? flags.text('proxy-mode') ?? 'iptables';
  if (!MODES.includes(mode)) throw klogFatal(context, WHERE, `failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value: "${mode}": must be ${MODES.join(', ')} or blank (blank means the best-available proxy [currently iptables])`);
  if (!kubeconfig) throw klogFatal(context, WHERE, 'failed to construct client: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable');
  const { server, tls, tokenFile, token } = readKubeconfig(context, kubeconfig);
  const proxy = new KubeProxy({
    world: context.world, random: context.random, nodeName: flags.text('hostname-override') ?? context.hostname, network: context.network, mode,
    transport: networkTransport(context.network, server, tls), credential: tokenCredential(context, tokenFile, token),
    setRules: (rules) => network.setRules(context.nodeName, rules),
    healthz: addressOf(file?.healthz, '0.0.0.0', 10256), metrics: addressOf(file?.metrics, '127.0.0.1', 10249),
  });
  try {
    proxy.start();
  } catch (error) {
    proxy.stop();
    if (error instanceof NetworkError) throw new FatalError(error.message);
    throw error;
  }
  context.useMemory(30 * 1024 * 1024);
  log(context, `server_linux.go:53] "Using ${mode} proxy"`);
  return proxy;
});

/** Tokens of mounted files are read again for each request: the kubelet renews them. */
function tokenCredential({ files }: Pick<ProcessContext, 'files'>, tokenFile: string | undefined, token?: string): { readonly token?: string } {
  return {
    get token() {
      if (!tokenFile) return token;
      return files.exists(tokenFile) ? files.read(tokenFile).trim() : undefined;
    },
  };
}

function readConfiguration(context: ProcessContext, path: string): Configuration {
  const failed = (why: string) => klogFatal(context, WHERE, `failed complete: ${why}`);
  let text: string;
  try {
    text = readFlagFile(context, path);
  } catch (error) {
    throw error instanceof FatalError ? failed(error.message) : error;
  }
  const document = parseDocument(text);
  if (document.errors[0]) throw failed(`error converting YAML to JSON: yaml: ${document.errors[0].message.split('\n')[0]}`);
  const data = record(document.toJS());
  if (data.kind !== 'KubeProxyConfiguration') throw failed(`no kind "${String(data.kind ?? '')}" is registered for version "${String(data.apiVersion ?? '')}" in scheme "pkg/proxy/apis/config/scheme/scheme.go"`);
  const string = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    kubeconfig: string(record(data.clientConnection).kubeconfig), mode: string(data.mode) || 'iptables',
    healthz: string(data.healthzBindAddress), metrics: string(data.metricsBindAddress),
  };
}

function addressOf(text: string | undefined, address: string, port: number): { address: string; port: number } {
  const match = /^(.*?)(?::(\d+))?$/.exec(text ?? '');
  return { address: match?.[1] || address, port: Number(match?.[2] ?? port) };
}

function log(context: ProcessContext, text: string): void {
  context.write(`I${klogTime(context.world.clock.now())}       1 ${text}\n`, 'stderr');
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
