/** NodeDeclaredFeatures: a Pod that needs what only newer kubelets can do goes where the kubelet says that it can. */
import type { Node, PodSpec } from '../../api/types.ts';
import { nodeNow } from '../cluster-event.ts';
import { type Plugin, unresolvable } from '../framework.ts';

/** Features by the specs that need them (component-helpers/nodedeclaredfeatures/features). */
const NEEDED_BY: Readonly<Record<string, (spec: PodSpec) => boolean>> = {
  RestartAllContainersOnContainerExits: ({ containers, initContainers = [] }) => [...containers, ...initContainers].some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers')),
  UserNamespacesHostNetworkSupport: ({ hostNetwork, hostUsers }) => hostNetwork === true && hostUsers === false,
};

export const nodeDeclaredFeatures: Plugin = {
  name: 'NodeDeclaredFeatures',
  preFilter({ pod }) {
    const needed = Object.keys(NEEDED_BY).filter((name) => NEEDED_BY[name]!(pod.spec));
    if (needed.length === 0) return undefined;
    return {
      filter({ node }) {
        const missing = needed.filter((name) => !declaredBy(node).includes(name));
        return missing.length === 0 ? undefined : unresolvable(`node declared features check failed - unsatisfied requirements: ${missing.join(', ')}`);
      },
    };
  },
  wakesOn: ['NodeAdd', 'NodeUpdate'],
  mayHelp: (event) => nodeNow(event, ['features'], ({ node }) => declaredBy(node).length > 0) || (event.type === 'NodeUpdate' && event.changed.has('features')),
};

function declaredBy({ status }: Node & { status: { declaredFeatures?: readonly string[] } }): readonly string[] {
  return status.declaredFeatures ?? [];
}
