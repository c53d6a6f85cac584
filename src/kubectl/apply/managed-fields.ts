/** From client-side to server-side apply: the fields that kubectl owned as a client become the new manager's (client-go's csaupgrade). */
import { type ApiObject, at, type Dict, isDict, listAt, textAt } from '../objects.ts';
import { LAST_APPLIED } from '../requests.ts';

const ANNOTATION_PATH = ['f:metadata', 'f:annotations', `f:${LAST_APPLIED}`] as const;

/** A JSON patch that hands over the fields, or undefined when there is nothing to hand over. */
export function upgradePatch(object: ApiObject, manager: string): object[] | undefined {
  const entries = listAt(object, 'metadata', 'managedFields').filter(isDict);
  const clients = entries.filter((entry) => isUpdate(entry) && at(entry, 'fieldsV1', ...ANNOTATION_PATH) !== undefined);
  if (clients.length === 0) return undefined;
  const names = new Set(clients.map((entry) => textAt(entry, 'manager')));
  const isClient = (entry: Dict) => isUpdate(entry) && names.has(textAt(entry, 'manager'));
  const fields = entries.filter(isClient).reduce((sum: Dict, entry) => union(sum, dictAt(entry, 'fieldsV1')), {});
  const isServer = (entry: Dict) => textAt(entry, 'manager') === manager && textAt(entry, 'operation') === 'Apply' && !textAt(entry, 'subresource');
  const kept = entries.filter((entry) => !isClient(entry));
  const upgraded = kept.some(isServer)
    ? kept.map((entry) => (isServer(entry) ? { ...entry, fieldsV1: union(dictAt(entry, 'fieldsV1'), fields) } : entry))
    : [...kept, { ...clients[0], manager, operation: 'Apply', fieldsV1: fields }];
  return [
    { op: 'replace', path: '/metadata/managedFields', value: upgraded },
    { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
  ];
}

function isUpdate(entry: Dict): boolean {
  return textAt(entry, 'operation') === 'Update' && !textAt(entry, 'subresource');
}

function dictAt(entry: Dict, key: string): Dict {
  const value = entry[key];
  return isDict(value) ? value : {};
}

function union(a: Dict, b: Dict): Dict {
  const result: Dict = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const mine = result[key];
    result[key] = isDict(mine) && isDict(value) ? union(mine, value) : mine ?? value;
  }
  return result;
}
