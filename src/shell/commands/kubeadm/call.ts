/** What the subcommands of kubeadm are given, and how they fail. */
import { createClient } from '../../../cluster/client/client.ts';
import { networkTransport } from '../../../cluster/client/transport.ts';
import type { ApiClient } from '../../../cluster/client/types.ts';
import { FatalError, readKubeconfig } from '../../../cluster/node/control-plane/program.ts';
import type { Machine } from '../../../cluster/node/machine.ts';

export interface KubeadmCall { machine: Machine; words: readonly string[]; flags: ReadonlyMap<string, string>; write: (text: string) => void; signal: AbortSignal }

/** A complaint in kubeadm's words. */
export class KubeadmError extends Error {}

/** A client by a kubeconfig on the node: the administrator's unless said otherwise. Throws KubeadmError without one. */
export function clientOf({ machine: { os }, flags }: Pick<KubeadmCall, 'machine' | 'flags'>, usual = '/etc/kubernetes/admin.conf'): { client: ApiClient; ca: string; server: string } {
  const path = flags.get('--kubeconfig') ?? usual;
  try {
    const { server, tls } = readKubeconfig({ files: os.files }, path);
    return { client: createClient({ transport: networkTransport(os.network, server, tls), userAgent: 'kubeadm' }), ca: tls.ca ?? '', server };
  } catch (error) {
    if (error instanceof FatalError) throw new KubeadmError(`failed to load admin kubeconfig: ${error.message}`);
    throw error;
  }
}
