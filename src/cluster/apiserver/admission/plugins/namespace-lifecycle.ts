/** NamespaceLifecycle: nothing is created in a namespace that is missing or going, and three namespaces stay. */
import type { Namespace } from '../../../api/types.ts';
import { notFound } from '../../errors.ts';
import { type AdmissionPlugin, concerns, refuse } from '../types.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
const NAMESPACE = { group: '', plural: 'namespaces', kind: 'Namespace' };

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',

  validate(request) {
    if (request.operation === 'DELETE' && concerns(request, 'namespaces') && IMMORTAL.has(request.name)) {
      throw refuse(request, 'this namespace may not be deleted');
    }
  },

  // Upstream refuses in the first pass too, before an invalid object is looked at.
  mutate(request, cluster) {
    const { kind, namespace, operation, object } = request;
    if (operation !== 'CREATE' || !kind.namespaced || !namespace || kind.plural === 'localsubjectaccessreviews') return object;
    const found = cluster.get('namespaces', '', undefined, namespace) as Namespace | undefined; // the plural says so
    if (!found) throw notFound(NAMESPACE, namespace);
    if (found.status?.phase !== 'Terminating') return object;
    const error = refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`);
    error.status.details = { ...error.status.details, causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }] };
    throw error;
  },
};
