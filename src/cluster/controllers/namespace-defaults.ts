/** What every namespace has: the ServiceAccount `default` and the ConfigMap with the cluster's CA, made anew when deleted. */
import { configMaps, namespaces, serviceAccounts } from '../client/resources.ts';
import { ApiError } from '../client/types.ts';
import type { Controller, ControllerContext } from './controller.ts';

const ROOT_CA = 'kube-root-ca.crt';

/** The ServiceAccount controller. */
export const serviceAccountController: Controller = (context) => {
  const all = context.informer(namespaces);
  const accounts = context.informer(serviceAccounts);
  const queue = context.queue('serviceaccount', (name) => {
    if (!isOpen(context, name) || accounts.get(`${name}/default`)) return;
    create(() => context.client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } }));
  });
  all.onChange((now) => { if (now) queue.add(now.metadata.name); });
  accounts.onChange((now, old) => { if (!now && old?.metadata.name === 'default') queue.add(old.metadata.namespace!); });
  return { stop: () => queue.stop() };
};

/** The root CA publisher; `rootCa` is the text of --root-ca-file. */
export function rootCaPublisher(rootCa: string): Controller {
  return (context) => {
    const all = context.informer(namespaces);
    const maps = context.informer(configMaps);
    const queue = context.queue('rootcapublisher', (name) => {
      if (!isOpen(context, name)) return;
      const existing = maps.get(`${name}/${ROOT_CA}`);
      const data = { 'ca.crt': rootCa };
      const metadata = { name: ROOT_CA, namespace: name, annotations: { 'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.' } };
      if (!existing) create(() => context.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }));
      else if (existing.data?.['ca.crt'] !== rootCa) context.client.update(configMaps, { ...existing, data });
    });
    all.onChange((now) => { if (now) queue.add(now.metadata.name); });
    maps.onChange((now, old) => { if ((now ?? old)!.metadata.name === ROOT_CA) queue.add((now ?? old)!.metadata.namespace!); });
    return { stop: () => queue.stop() };
  };
}

function isOpen({ informer }: ControllerContext, name: string): boolean {
  const namespace = informer(namespaces).get(name);
  return namespace !== undefined && !namespace.metadata.deletionTimestamp;
}

function create(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
  }
}
