/** What a level lays into the home of the player's machine before they arrive: text files, and contexts in the kubeconfig. */
import { parseDocument } from 'yaml';
import type { Host } from '../../shell/host.ts';
import type { ContextSpec, Level } from '../pack/level.ts';

/** Lays it out; what lies there of the same name is replaced. */
export function layOut({ home, files }: Host, level: Pick<Level, 'files' | 'contexts'>): void {
  for (const [path, text] of Object.entries(level.files ?? {})) {
    files.makeDirectory(`${home}/${path}`.replace(/\/[^/]*$/, ''));
    files.write(`${home}/${path}`, text);
  }
  const kubeconfig = `${home}/.kube/config`;
  if (level.contexts) files.write(kubeconfig, withContexts(files.read(kubeconfig), level.contexts));
}

/** More contexts for the user and the cluster of the first; which is the current one stays as it is. */
function withContexts(kubeconfig: string, contexts: Readonly<Record<string, ContextSpec>>): string {
  const document = parseDocument(kubeconfig);
  const [cluster, user] = ['cluster', 'user'].map((field) => document.getIn(['contexts', 0, 'context', field]));
  for (const [name, { namespace }] of Object.entries(contexts)) document.addIn(['contexts'], document.createNode({ context: { cluster, ...(namespace ? { namespace } : {}), user }, name }));
  return document.toString({ lineWidth: 0 });
}
