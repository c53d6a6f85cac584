/** All of kubectl create. */
import type { Verb } from '../../command.ts';
import { configMap, dockerSecret, genericSecret, tlsSecret } from './configuration.ts';
import { create } from './from-manifests.ts';
import { generatorVerb } from './generator.ts';
import { ingress } from './ingress.ts';
import { namespace, podDisruptionBudget, priorityClass, quota, serviceAccount } from './policy.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './rbac.ts';
import { services } from './service.ts';
import { token } from './token.ts';
import { cronJob, deployment, job } from './workloads.ts';

const secret: Verb = { path: 'create secret', about: 'Create a secret using a specified subcommand' };
const service: Verb = { path: 'create service', about: 'Create a service using a specified subcommand' };

const generators = [
  clusterRole, clusterRoleBinding, configMap, cronJob, deployment, ingress, job, namespace, podDisruptionBudget, priorityClass, quota, role, roleBinding,
  serviceAccount, ...services, dockerSecret, genericSecret, tlsSecret,
];

export const createVerbs: readonly Verb[] = [create, secret, service, ...generators.map(generatorVerb), token];
