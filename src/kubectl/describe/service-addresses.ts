/** kubectl describe servicecidr and ipaddress: where Services get their addresses from. */
import { type ApiObject, at, isDict, listAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, labels, name, time } from './describer.ts';

export function serviceCidr(object: ApiObject, out: Description): void {
  name(object, out);
  labels(object, out);
  annotations(object, out);
  out.row('CIDRs', listAt(object, 'spec', 'cidrs').join(', '));
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length === 0) return;
  out.heading('Status');
  out.heading('Conditions');
  out.table(['Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'], conditions.map((condition) => [
    textAt(condition, 'type'), textAt(condition, 'status'), time(textAt(condition, 'lastTransitionTime')), textAt(condition, 'reason'), textAt(condition, 'message'),
  ]));
}

export function ipAddress(object: ApiObject, out: Description): void {
  name(object, out);
  labels(object, out);
  annotations(object, out);
  const parent = at(object, 'spec', 'parentRef');
  if (!isDict(parent)) return;
  out.heading('Parent Reference');
  for (const field of ['group', 'resource', 'namespace', 'name']) out.row(field[0]!.toUpperCase() + field.slice(1), textAt(parent, field), 1);
}
