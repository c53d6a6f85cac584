/** All kinds that the API server serves out of the box, in the order of `kubectl api-resources` and of `get all`. */
import type { Kind } from '../kind.ts';
import { configMap, secret } from './config.ts';
import { daemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import { endpointSlice, endpoints } from './endpoints.ts';
import { erase } from './erase.ts';
import { event } from './event.ts';
import { lease, priorityClass } from './lease.ts';
import { namespace } from './namespace.ts';
import { node } from './node.ts';
import { pod } from './pod.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './rbac.ts';
import { replicaSet, replicationController } from './replica-set.ts';
import { service } from './service.ts';
import { serviceAccount } from './service-account.ts';
import { controllerRevision, statefulSet } from './stateful-set.ts';

export const allKinds: readonly Kind[] = [
  erase(configMap), erase(endpoints), erase(event), erase(namespace), erase(node), erase(pod), erase(replicationController), erase(secret), erase(serviceAccount), erase(service),
  erase(controllerRevision), erase(daemonSet), erase(deployment), erase(replicaSet), erase(statefulSet),
  erase(lease),
  erase(endpointSlice),
  erase(clusterRoleBinding), erase(clusterRole), erase(roleBinding), erase(role),
  erase(priorityClass),
];
