/** DenyServiceExternalIPs: nobody gives a Service an external IP that it does not have already. */
import type { Service } from '../../../api/types.ts';
import { type AdmissionPlugin, concerns, refuse } from '../types.ts';

export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate(request) {
    if ((request.operation !== 'CREATE' && request.operation !== 'UPDATE') || !concerns(request, 'services')) return;
    const [now, before] = [request.object as Service, request.oldObject as Service | undefined]; // the kind says so
    const had = before?.spec.externalIPs ?? [];
    if ((now.spec.externalIPs ?? []).some((address) => !had.includes(address))) throw refuse(request, 'Use of external IPs is denied by admission control.');
  },
};
