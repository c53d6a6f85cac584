/** ServiceAccounts. */
import type { Kind } from '../kind.ts';
import type { ServiceAccount } from '../types.ts';
import { columnsBetween } from './columns.ts';

export const serviceAccount: Kind<ServiceAccount> = {
  group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', singular: 'serviceaccount', shortNames: ['sa'], namespaced: true,
  subresources: { token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] } },
  columns: columnsBetween(),
};
