/** Fields of Pod specs that belong to a closed gate are dropped, wherever the spec is (DropDisabledPodFields, DropDisabledTemplateFields). */
import { changed, mapped, withField } from './defaulting.ts';
import type { FeatureGates } from './feature-gates.ts';
import type { Kind } from './kind.ts';
import type { Container, KubeObject, PodSpec } from './types.ts';

const TEMPLATED = ['', 'apps', 'batch'];

/** The object without what its gates do not know: today a container's `lifecycle.stopSignal`. */
export function withoutClosedFields(kind: Kind, object: KubeObject, gates: FeatureGates): KubeObject {
  return TEMPLATED.includes(kind.group) && !gates.isOn('ContainerStopSignals') ? withField(object, 'spec', withPodSpec(object.spec)) : object;
}

function withPodSpec(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isPodSpec(value)) return withField(withField(value, 'containers', mapped(value.containers, withoutSignal)), 'initContainers', mapped(value.initContainers, withoutSignal));
  return ['jobTemplate', 'spec', 'template'].reduce((result: object, key) => {
    const inner: unknown = Reflect.get(result, key);
    const kept = withPodSpec(inner);
    return kept === inner ? result : { ...result, [key]: kept };
  }, value);
}

function isPodSpec(value: object): value is PodSpec {
  return 'containers' in value && Array.isArray(value.containers);
}

function withoutSignal(container: Container): Container {
  return container.lifecycle?.stopSignal === undefined ? container : withField(container, 'lifecycle', changed(container.lifecycle, (hooks) => withField(hooks, 'stopSignal', undefined)));
}
