/** Server-side apply: a configuration becomes part of the object, and its fields become the manager's (structured-merge-diff's Updater). */
import type { Kind } from '../kind.ts';
import type { Json, KubeObject } from '../types.ts';
import { difference, type Fields, intersection, isEmpty, pathsOf, union } from './fields.ts';
import { entriesOf, entryOf, inOrder, type ManagedFieldsEntry, ownable, type Write } from './ledger.ts';
import { shapeOf } from './shape.ts';
import { changeBetween, fieldsOf, merged, without } from './typed.ts';

/** A field that the configuration would change although another manager owns it. */
export interface Conflict { readonly manager: string; readonly path: string }

export interface Applied { readonly object: KubeObject; readonly entries: readonly ManagedFieldsEntry[]; readonly conflicts: readonly Conflict[] }

/** What applying makes of `live`; with conflicts, what it would make if forced. */
export function apply(kind: Kind, live: KubeObject | undefined, config: KubeObject, write: Write): Applied {
  const shape = shapeOf(kind);
  const wanted = ownable(kind, config, write.subresource);
  const set = fieldsOf(shape, wanted, true);
  const before = live ? entriesOf(live) : [];
  const isOwn = (entry: ManagedFieldsEntry) => entry.operation === 'Apply' && entry.manager === write.manager && (entry.subresource ?? '') === write.subresource;
  const own = before.find(isOwn);
  const others = before.filter((entry) => !isOwn(entry));
  if (!live) return { object: config, entries: [entryOf({ ...write, operation: 'Apply', fieldsV1: set })], conflicts: [] };
  const together = merged(shape, live as unknown as Json, wanted);
  const owned = others.reduce<Fields>((sum, { fieldsV1 }) => union(sum, fieldsV1), set);
  const gone = difference(own?.fieldsV1 ?? {}, set);
  const object = (isEmpty(gone) ? together : without(shape, together, gone, owned)) as unknown as KubeObject;
  const { set: changed, removed } = changeBetween(shape, ownable(kind, live, write.subresource), ownable(kind, object, write.subresource));
  const lost = others.map((entry) => intersection(entry.fieldsV1, changed));
  const conflicts = others.flatMap((entry, index) => pathsOf(lost[index]!).map((path) => ({ manager: nameOf(entry), path })));
  const kept = others.map((entry, index) => ({ ...entry, fieldsV1: difference(difference(entry.fieldsV1, lost[index]!), removed) })).filter((entry) => !isEmpty(entry.fieldsV1));
  const isSame = own !== undefined && isEmpty(changed) && isEmpty(removed) && isEmpty(gone) && isEmpty(difference(set, own.fieldsV1));
  if (isSame) return { object: live, entries: before, conflicts };
  return { object, entries: inOrder([...kept, entryOf({ ...write, operation: 'Apply', fieldsV1: set })]), conflicts };
}

/** A manager as conflicts name it. */
function nameOf({ manager, operation, apiVersion, subresource, time }: ManagedFieldsEntry): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}${time ? ` at ${time}` : ''}` : name;
}

/** The text of a refusal. */
export function conflictMessage(conflicts: readonly Conflict[]): string {
  const [only] = conflicts;
  if (only && conflicts.length === 1) return `Apply failed with 1 conflict: conflict with ${only.manager}: ${only.path}`;
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort();
  const lines = managers.flatMap((manager) => [`conflicts with ${manager}:`, ...conflicts.filter((each) => each.manager === manager).map(({ path }) => `- ${path}`)]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}
