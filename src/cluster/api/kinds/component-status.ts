/** ComponentStatuses: what the API server finds when it asks its neighbours for their health; computed, never stored. */
import type { Kind } from '../kind.ts';
import type { KubeObject } from '../types.ts';
import { column, nameColumn } from './columns.ts';

export interface ComponentStatus extends KubeObject { conditions: { type: 'Healthy'; status: 'True' | 'False'; message?: string; error?: string }[] }

export const componentStatus: Kind<ComponentStatus> = {
  group: '', version: 'v1', kind: 'ComponentStatus', plural: 'componentstatuses', singular: 'componentstatus', shortNames: ['cs'], namespaced: false, verbs: ['get', 'list'],
  columns: [
    nameColumn, column('Status', ({ conditions: [healthy] }) => (healthy?.status === 'True' ? 'Healthy' : 'Unhealthy')),
    column('Message', ({ conditions: [healthy] }) => healthy?.message ?? ''), column('Error', ({ conditions: [healthy] }) => healthy?.error ?? ''),
  ],
};

/** The statuses of components by their health checks; one gives an error's text where the component does not answer. */
export function componentStatuses(checks: Readonly<Record<string, () => string | undefined>>): ComponentStatus[] {
  return Object.entries(checks).map(([name, check]): ComponentStatus => {
    const problem = check();
    const healthy = problem === undefined ? { status: 'True' as const, message: 'ok' } : { status: 'False' as const, message: problem };
    const metadata = { name } as KubeObject['metadata']; // made up when asked for: it has neither UID nor version
    return { apiVersion: 'v1', kind: 'ComponentStatus', metadata, conditions: [{ type: 'Healthy', ...healthy }] };
  });
}
