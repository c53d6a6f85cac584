/** Rancher's local-path-provisioner: volumes are folders of the node that the first Pod comes to; helper Pods make and remove them. */
import type { Pod } from '../api/types.ts';
import { pods } from '../client/resources.ts';
import { unlessGone, unlessThere } from '../controllers/controller.ts';
import { isApiFailure } from '../client/api-failure.ts';
import type { Addon } from '../node/control-plane/addons.ts';
import { type Driver, driverProgram } from './driver-program.ts';
import { runProvisioner } from './external-provisioner.ts';

const LOCAL_PATH_IMAGE = 'rancher/local-path-provisioner:v0.0.32';
const NAME = 'rancher.io/local-path';
const NAMESPACE = 'local-path-storage';
const FOLDER = '/opt/local-path-provisioner';
const HELPER_TIMEOUT_MS = 120_000; // local-path-provisioner: CmdTimeoutSeconds
const POLL_MS = 1_000;

/** The program `local-path-provisioner`. */
export const localPathProgram = driverProgram('local-path-provisioner', (driver) => {
  runProvisioner(driver, {
    name: NAME,
    create({ volumeName, claim, node }, done) {
      if (!node) return done({ error: 'configuration error, no node was specified' });
      if (claim.spec.accessModes?.some((mode) => mode.endsWith('Many'))) return done({ error: 'NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes' });
      const path = `${FOLDER}/${volumeName}_${claim.metadata.namespace}_${claim.metadata.name}`;
      const hostname = node.metadata.labels?.['kubernetes.io/hostname'] ?? node.metadata.name;
      help(driver, 'create', volumeName, node.metadata.name, `mkdir -p ${path} && chmod 0777 ${path}`, (error) => {
        if (error !== undefined) return done({ error });
        done({ hostPath: { path, type: 'DirectoryOrCreate' }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }] } } });
      });
    },
    delete({ metadata, spec }, done) {
      const nodeName = spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0];
      if (!nodeName || !spec.hostPath) return done(undefined);
      help(driver, 'delete', metadata.name, nodeName, `rm -rf ${spec.hostPath.path}`, done);
    },
  });
});

/** Runs one command on a node in a Pod of its own. */
function help({ client, context: { world }, onStop }: Driver, action: string, volumeName: string, nodeName: string, script: string, done: (error: string | undefined) => void): void {
  const name = `helper-pod-${action}-${volumeName}`;
  const container = { name: 'helper-pod', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', script], volumeMounts: [{ name: 'data', mountPath: FOLDER }] };
  const untilMs = world.clock.now() + HELPER_TIMEOUT_MS;
  const fail = (why: string) => done(`failed to ${action} volume ${volumeName}: ${why}`);
  const guarded = (act: () => void) => {
    try {
      act();
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      fail(error.message);
    }
  };
  const look = (): void => guarded(() => {
    const phase = client.get(pods, name, NAMESPACE)?.status.phase;
    if (phase !== 'Succeeded' && phase !== 'Failed' && world.clock.now() < untilMs) {
      const timer = world.clock.after(POLL_MS, 'wait for helper pod', look);
      return onStop(() => timer.cancel());
    }
    unlessGone(() => client.delete(pods, name, NAMESPACE, { gracePeriodSeconds: 0 }));
    if (phase === 'Succeeded') done(undefined);
    else fail(`create process timeout after ${HELPER_TIMEOUT_MS / 1000} seconds`);
  });
  guarded(() => {
    unlessThere(() => client.create<Pod>(pods, {
      apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE },
      spec: { nodeName, restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }], serviceAccountName: SERVICE_ACCOUNT, containers: [container], volumes: [{ name: 'data', hostPath: { path: FOLDER, type: 'DirectoryOrCreate' } }] },
    }));
    look();
  });
}

const SERVICE_ACCOUNT = 'local-path-provisioner-service-account';

/** The objects of its own local-path-storage.yaml; as an add-on its class is the default one. */
export function localPath({ isDefault = false } = {}): Addon[] {
  const rule = (group: string, resources: string, verbs: string) => ({ apiGroups: [group], resources: resources.split(' '), verbs: verbs.split(' ') });
  const labels = { app: 'local-path-provisioner' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: SERVICE_ACCOUNT, namespace: NAMESPACE } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'local-path-provisioner-role' }, rules: [
        rule('', 'nodes persistentvolumeclaims configmaps pods pods/log', 'get list watch'), rule('', 'pods', 'get list watch create patch update delete'), rule('', 'persistentvolumeclaims', 'patch update'),
        rule('', 'persistentvolumes', 'get list watch create patch update delete'), rule('', 'events', 'create patch'), rule('storage.k8s.io', 'storageclasses', 'get list watch'),
      ],
    },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'local-path-provisioner-bind' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'local-path-provisioner-role' }, subjects: [{ kind: 'ServiceAccount', name: SERVICE_ACCOUNT, namespace: NAMESPACE }] },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'local-path-provisioner', namespace: NAMESPACE }, spec: {
        replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { serviceAccountName: SERVICE_ACCOUNT, containers: [{ name: 'local-path-provisioner', image: LOCAL_PATH_IMAGE, imagePullPolicy: 'IfNotPresent', command: ['local-path-provisioner', '--debug', 'start'] }] } },
      },
    },
    {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local-path', ...(isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}) },
      provisioner: NAME, volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete',
    },
  ];
}
