/** A Pod template within a workload, and what it shares with Pods. */
import { at, isDict, listAt, numberAt, pairsAt, textAt, compareText } from '../objects.ts';
import { containers } from './containers.ts';
import { selectorText } from './describer.ts';
import type { Description } from './description.ts';
import { volumes } from './volumes.ts';

/** `Pod Template:` and its parts. */
export function podTemplate(template: unknown, out: Description): void {
  const part = (...path: string[]) => listAt(template, 'spec', ...path);
  out.heading('Pod Template');
  if (!isDict(template)) return out.line('<unset>', 1);
  out.pairs('  Labels', pairsAt(template, 'metadata', 'labels'));
  const annotations = pairsAt(template, 'metadata', 'annotations');
  if (Object.keys(annotations).length > 0) out.annotations('  Annotations', annotations);
  out.optional('  Service Account', textAt(template, 'spec', 'serviceAccountName'));
  if (part('initContainers').length > 0) containers('Init Containers', part('initContainers'), out, { isTemplate: true });
  containers('Containers', part('containers'), out, { isTemplate: true });
  volumes(part('volumes'), out, true);
  topologySpread('  Topology Spread Constraints', part('topologySpreadConstraints'), out);
  out.optional('  Priority Class Name', textAt(template, 'spec', 'priorityClassName'));
  out.pairs('  Node-Selectors', pairsAt(template, 'spec', 'nodeSelector'));
  tolerations('  Tolerations', part('tolerations'), out);
}

export function tolerations(label: string, list: readonly unknown[], out: Description): void {
  out.lines(label, [...list].sort((a, b) => compareText(textAt(a, 'key'), textAt(b, 'key'))).map(tolerationText));
}

function tolerationText(toleration: unknown): string {
  const [key = '', value, effect, operator] = ['key', 'value', 'effect', 'operator'].map((field) => textAt(toleration, field));
  const seconds = numberAt(toleration, 'tolerationSeconds');
  const text = `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
  const exists = operator === 'Exists' && !value ? `${text ? ' ' : ''}op=Exists` : '';
  return `${text}${exists}${seconds === undefined ? '' : ` for ${seconds}s`}`;
}

export function topologySpread(label: string, constraints: readonly unknown[], out: Description): void {
  if (constraints.length === 0) return;
  const sorted = [...constraints].sort((a, b) => compareText(textAt(a, 'topologyKey'), textAt(b, 'topologyKey')));
  out.lines(label, sorted.map((constraint) => {
    const selector = isDict(at(constraint, 'labelSelector')) ? ` for selector ${selectorText(constraint, 'labelSelector')}` : '';
    return `${textAt(constraint, 'topologyKey')}:${textAt(constraint, 'whenUnsatisfiable')} when max skew ${textAt(constraint, 'maxSkew')} is exceeded${selector}`;
  }));
}
