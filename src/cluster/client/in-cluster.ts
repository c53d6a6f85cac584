/** How a program in a Pod finds its API server and says who it is (client-go: rest.InClusterConfig). */
import type { ProcessContext } from '../node/process.ts';
import type { InformerOptions } from './informer.ts';
import { networkTransport } from './transport.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** World, transport and credential for clients and informers; a text when the Pod has no way to the API server. */
export function inCluster({ world, files, env, network }: Pick<ProcessContext, 'world' | 'files' | 'env' | 'network'>, userAgent: string): Pick<Required<InformerOptions>, 'world' | 'transport' | 'credential' | 'userAgent'> | string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return 'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined';
  if (!files.exists(`${ACCOUNT}/token`)) return `open ${ACCOUNT}/token: no such file or directory`;
  const ca = files.exists(`${ACCOUNT}/ca.crt`) ? files.read(`${ACCOUNT}/ca.crt`) : '';
  // The kubelet renews the token in its file.
  const credential = { get token() { return files.exists(`${ACCOUNT}/token`) ? files.read(`${ACCOUNT}/token`).trim() : undefined; } };
  return { world, transport: networkTransport(network, `https://${host}:${port}`, { ca }), credential, userAgent };
}
