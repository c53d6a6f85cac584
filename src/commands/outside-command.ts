/** What a kubectl outside was told, as far as its requests show it. */
import { requestInfo } from '../cluster/apiserver/request-info.ts';

/** `kubectl get pods -n kube-system`, from the command that kubectl names in its headers and the path it asks for; undefined for discovery and the like. */
export function commandLine(command: string, path: string): string | undefined {
  const { resource, name, namespace, isResource } = requestInfo({ method: 'GET', path });
  if (!isResource) return undefined;
  const scope = namespace ? ` -n ${namespace}` : resource === 'pods' ? ' -A' : '';
  return `${command} ${resource}${name ? ` ${name}` : ''}${scope}`;
}
