/** The limited user of the face: edits what lies in namespaces, reads the rest. */
import type { ServedCluster } from './door.ts';
import type { User } from './identities.ts';

export const PLAYER: User = { name: 'player', groups: ['kube-quest:players'] };

const RBAC = 'rbac.authorization.k8s.io';
const PATH = `/apis/${RBAC}/v1`;
const ROLE = {
  apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'kube-quest:player' },
  rules: [
    { apiGroups: [''], resources: ['nodes', 'namespaces', 'persistentvolumes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['storage.k8s.io', 'scheduling.k8s.io', 'networking.k8s.io', 'apiextensions.k8s.io', RBAC], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  ],
};

const bindingTo = (role: string): object => ({
  apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: role === 'edit' ? 'kube-quest:player-edits' : role },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role }, subjects: PLAYER.groups.map((name) => ({ apiGroup: RBAC, kind: 'Group', name })),
});

/** The cluster learns of the player when the player first comes: until then nothing is in it that nobody asked for. */
export function letPlayerIn(cluster: ServedCluster, soon: (what: string, step: () => void) => void): (user: User) => void {
  let isKnown = false;
  return ({ name }) => {
    if (isKnown || name !== PLAYER.name) return;
    isKnown = true;
    soon('player', () => {
      const admin = cluster.transportAs(cluster.adminUser);
      const create = (resource: string, body: object) => void admin.handle({ method: 'POST', path: `${PATH}/${resource}`, body, userAgent: 'kube-quest' });
      create('clusterroles', ROLE);
      create('clusterrolebindings', bindingTo('kube-quest:player'));
      create('clusterrolebindings', bindingTo('edit'));
    });
  };
}
