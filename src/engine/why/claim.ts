/** Why a PersistentVolumeClaim is not bound. */
import type { PersistentVolumeClaim } from '../../cluster/api/types.ts';
import { inNamespace, lastEvent, type Link, link, type WhyWorld } from './world.ts';

/** Nothing for a claim that is bound. */
export function whyClaim(world: WhyWorld, name: string, namespace: string | undefined): Link[] {
  const at = inNamespace(namespace);
  const claim = world.get({ resource: 'persistentvolumeclaim', name, namespace }) as PersistentVolumeClaim | undefined; // asked for one
  if (!claim) return [link(world.words.noClaim(name), `kubectl get pvc${at}`)];
  if (claim.status?.phase === 'Bound') return [];
  const { storageClassName } = claim.spec;
  const said = lastEvent(world, claim, /./);
  const pending = link(world.words.claimIs(name, claim.status?.phase ?? 'Pending', said?.message ?? ''), `kubectl describe pvc ${name}${at}`);
  if (!storageClassName) return [pending, link(world.words.noClass, 'kubectl get storageclass,pv')];
  if (!world.get({ resource: 'storageclass', name: storageClassName })) return [pending, link(world.words.unknownClass(storageClassName), 'kubectl get storageclass')];
  return [pending];
}
