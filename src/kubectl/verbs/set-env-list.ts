/** kubectl set env --list: the variables of a container, and with --resolve what those set from elsewhere come to. */
import { milliValue, quantityValue } from '../../cluster/api/quantity.ts';
import type { Call } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError, textOf } from '../errors.ts';
import { at, type Dict, isDict, listAt, pairsAt, textAt } from '../objects.ts';
import type { Info } from '../resource-builder.ts';

/** Prints a line a variable; what could not be resolved is told on standard error. */
export async function listVariables(call: Call, info: Info, container: Dict): Promise<void> {
  const failures = new Map<string, string[]>();
  for (const variable of listAt(container, 'env')) {
    const name = textAt(variable, 'name');
    const source = at(variable, 'valueFrom');
    if (!isDict(source)) {
      call.out(`${name}=${textAt(variable, 'value')}\n`);
      continue;
    }
    try {
      if (!call.flags.bool('resolve')) throw new KubectlError('');
      call.out(`${name}=${await resolved(call, info, source, container)}\n`);
    } catch (error) {
      call.out(`# ${name} from ${reference(source)}\n`);
      if (textOf(error)) failures.set(textOf(error), [...(failures.get(textOf(error)) ?? []), name]);
    }
  }
  call.err([...failures].map(([why, names]) => `error retrieving reference for ${names.sort().join(', ')}: ${why}\n`).sort().join(''));
}

function reference({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: Dict): string {
  if (configMapKeyRef) return `configmap ${textAt(configMapKeyRef, 'name')}, key ${textAt(configMapKeyRef, 'key')}`;
  if (secretKeyRef) return `secret ${textAt(secretKeyRef, 'name')}, key ${textAt(secretKeyRef, 'key')}`;
  if (fieldRef) return `field path ${textAt(fieldRef, 'fieldPath')}`;
  if (!resourceFieldRef) return 'invalid valueFrom';
  const container = textAt(resourceFieldRef, 'containerName');
  return `resource field ${container && `${container}/`}${textAt(resourceFieldRef, 'resource')}`;
}

async function resolved(call: Call, info: Info, { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: Dict, container: Dict): Promise<string> {
  if (fieldRef) return fieldOf(info, textAt(fieldRef, 'fieldPath'));
  if (resourceFieldRef) return amountOf(container, resourceFieldRef);
  const [plural, ref, what] = configMapKeyRef ? ['configmaps', configMapKeyRef, 'config map'] : ['secrets', secretKeyRef, 'secret'];
  const [type, client] = [await (await call.discovery()).resolve(plural), await call.client()];
  const [name, key] = [textAt(ref, 'name'), textAt(ref, 'key')];
  const data = pairsAt(client.get(pathOf(type, info.namespace, name), { subject: { ...type, name } }), 'data');
  if (data[key] === undefined) throw new KubectlError(`key ${key} not found in ${what} ${name}`);
  return configMapKeyRef ? data[key] : Buffer.from(data[key], 'base64').toString();
}

/** A field of the object's own metadata; a controller has no others that its Pods will have. */
function fieldOf({ object: { metadata } }: Info, path: string): string {
  const [, map, key] = /^metadata\.(annotations|labels)(?:\['(.*)'\])?$/.exec(path) ?? [];
  const pairs = map && pairsAt(metadata, map);
  if (pairs) return key === undefined ? Object.entries(pairs).sort().map(([k, v]) => `${k}=${JSON.stringify(v)}`).join('\n') : pairs[key] ?? '';
  if (!/^metadata\.(name|namespace|uid)$/.test(path)) throw new KubectlError(`unsupported fieldPath: ${path}`);
  return textAt(metadata, path.slice('metadata.'.length));
}

function amountOf(container: Dict, ref: unknown): string {
  const resource = textAt(ref, 'resource');
  const dot = resource.indexOf('.');
  const amount = textAt(container, 'resources', resource.slice(0, dot), resource.slice(dot + 1)) || '0';
  const divisor = quantityValue(textAt(ref, 'divisor') || '0') === 0 ? '1' : textAt(ref, 'divisor');
  return String(resource.endsWith('.cpu') ? Math.ceil(milliValue(amount) / milliValue(divisor)) : Math.ceil(quantityValue(amount) / quantityValue(divisor)));
}
