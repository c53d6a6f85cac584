/** What lazy players try, derived from the objects that a level's goals look at. */
import type { Level } from './level.ts';

export interface Cheat { name: string; script: string }

const SCALED = /^(deployments|replicasets|statefulsets)(\.|$)/;

/** Deleting what is looked at, scaling it to zero, deleting its namespace, dropping the policies, making everybody an admin. */
export function cheatsOf(level: Level): Cheat[] {
  const found = new Map<string, string>();
  for (const { check } of level.objectives) {
    if (check.list === 'networkpolicies' || check.probe) found.set('drop every NetworkPolicy', 'kubectl delete networkpolicies --all -A --wait=false');
    if (check.can) found.set('make everybody cluster-admin', 'kubectl create clusterrolebinding everybody --clusterrole=cluster-admin --group=system:authenticated --group=system:serviceaccounts');
    // In an exam what is deleted is a task failed: one less does not pass, and all of them are many.
    if (!check.get || level.exam) continue;
    const [resource = '', name = ''] = check.get.split('/');
    const inNamespace = check.namespace ? ` -n ${check.namespace}` : '';
    if (resource === 'nodes') continue;
    found.set(`delete ${check.get}`, `kubectl delete ${resource} ${name}${inNamespace} --wait=false`);
    if (SCALED.test(resource)) found.set(`scale ${check.get} to zero`, `kubectl scale ${resource} ${name} --replicas=0${inNamespace}`);
    if (check.namespace && !['default', 'kube-system'].includes(check.namespace)) found.set(`delete namespace ${check.namespace}`, `kubectl delete namespace ${check.namespace} --wait=false`);
  }
  return [...found].map(([name, script]) => ({ name, script }));
}
