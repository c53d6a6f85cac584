/** DefaultIngressClass: an Ingress that names no class gets the default one, should there be one. */
import { newestDefault } from '../../../api/default-class.ts';
import { type AdmissionPlugin, concerns } from '../types.ts';

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  mutate(request, cluster) {
    const { object, operation } = request;
    if (operation !== 'CREATE' || !concerns(request, 'ingresses', 'networking.k8s.io')) return object;
    const spec = object.spec as { ingressClassName?: string } | undefined; // the kind says so
    if (spec?.ingressClassName !== undefined || object.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return object;
    const found = newestDefault(cluster.list('ingressclasses', 'networking.k8s.io'), ({ metadata }) => metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true');
    return found ? { ...object, spec: { ...spec, ingressClassName: found.metadata.name } } : object;
  },
};
