/** kubectl describe configmap, secret, serviceaccount, priorityclass. */
import { formatLabels } from '../../cluster/api/labels.ts';
import { type ApiObject, at, compareText, listAt, pairsAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, labels, name, nameAndNamespace } from './describer.ts';

const sorted = (data: Readonly<Record<string, string>>) => Object.entries(data).sort(([a], [b]) => compareText(a, b));
const sizeOf = (encoded: string) => Buffer.from(encoded, 'base64').length;

export function configMap(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  labels(object, out);
  annotations(object, out);
  out.line('\nData\n====');
  for (const [key, value] of sorted(pairsAt(object, 'data'))) out.line(`${key}:\n----\n${value}\n`);
  out.line('\nBinaryData\n====');
  for (const [key, value] of sorted(pairsAt(object, 'binaryData'))) out.line(`${key}: ${sizeOf(value)} bytes`);
  out.line('');
}

/** Values stay hidden, but for the token of a ServiceAccount. */
export function secret(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  labels(object, out);
  annotations(object, out);
  out.line(`\nType:\t${textAt(object, 'type')}\n\nData\n====`);
  const isToken = textAt(object, 'type') === 'kubernetes.io/service-account-token';
  for (const [key, value] of sorted(pairsAt(object, 'data'))) out.row(key, isToken && key === 'token' ? Buffer.from(value, 'base64').toString('utf8') : `${sizeOf(value)} bytes`);
}

export function serviceAccount(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  labels(object, out);
  annotations(object, out);
  out.lines('Image pull secrets', listAt(object, 'imagePullSecrets').map((reference) => textAt(reference, 'name')));
}

export function priorityClass(object: ApiObject, out: Description): void {
  name(object, out);
  out.row('Value', textAt(object, 'value'));
  out.row('GlobalDefault', at(object, 'globalDefault') === true);
  out.row('PreemptionPolicy', textAt(object, 'preemptionPolicy'));
  out.row('Description', textAt(object, 'description'));
  out.row('Annotations', formatLabels(pairsAt(object, 'metadata', 'annotations')));
}
