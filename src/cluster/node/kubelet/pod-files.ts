/** The files that every container finds in /etc: hosts, hostname and resolv.conf, kept with the Pod on the node. */
import type { Pod } from '../../api/types.ts';
import type { Mount } from '../os/mounts.ts';
import type { Sandbox } from '../runtime/container.ts';
import type { NodeContext } from './node-context.ts';
import { podFolder } from './volumes.ts';

/** Writes them and says where they appear. */
export function ownFiles(context: NodeContext, pod: Pod, sandbox: Sandbox): Mount[] {
  const { files, nodeName } = context;
  const folder = `${podFolder(pod.metadata.uid)}/etc`;
  files.makeDirectory(folder);
  const hostname = pod.spec.hostNetwork ? nodeName : (pod.spec.hostname ?? pod.metadata.name);
  const contents = { hosts: hostsFile(pod, sandbox.ip, hostname), hostname: `${hostname}\n`, 'resolv.conf': resolvConf(context, pod) };
  return Object.entries(contents).map(([name, text]) => {
    files.write(`${folder}/${name}`, text);
    return { path: `/etc/${name}`, source: files, sourcePath: `${folder}/${name}` };
  });
}

function hostsFile({ spec, metadata }: Pod, ip: string, hostname: string): string {
  const own = spec.subdomain ? `${ip}\t${hostname}.${spec.subdomain}.${metadata.namespace}.svc.cluster.local\t${hostname}` : `${ip}\t${hostname}`;
  const aliases = (spec.hostAliases ?? []).map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}`);
  return [
    '# Kubernetes-managed hosts file.', '127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', 'fe00::0\tip6-localnet', 'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes', 'fe00::2\tip6-allrouters', own,
    ...(aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : []), '',
  ].join('\n');
}

function resolvConf(context: NodeContext, pod: Pod): string {
  const { nameserver, search = [], ndots = 5 } = context.resolver(pod) ?? {};
  return [...(search.length > 0 ? [`search ${search.join(' ')}`] : []), ...(nameserver ? [`nameserver ${nameserver}`] : []), `options ndots:${ndots}`, ''].join('\n');
}
