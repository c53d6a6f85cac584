/** Any kind that can be scaled, by its `scale` subresource. */
import type { HorizontalPodAutoscaler, KubeObject } from '../../api/types.ts';
import { type ApiClient, ApiError } from '../../client/types.ts';
import type { Discovery } from '../discovery.ts';
import { ScaleError } from './autoscaling.ts';

/** autoscaling/v1 Scale. */
export interface Scale extends KubeObject { spec: { replicas?: number }; status: { replicas?: number; selector?: string } }

/** Both throw ScaleError with what the API server says. */
export interface Scales {
  get(reference: HorizontalPodAutoscaler['spec']['scaleTargetRef'], namespace: string): Scale;
  /** Asks again when somebody else has written in between. */
  set(reference: HorizontalPodAutoscaler['spec']['scaleTargetRef'], scale: Scale, replicas: number): void;
}

const ATTEMPTS = 4; // retry.DefaultBackoff

export function scaleClient(client: ApiClient, discover: () => Discovery): Scales {
  const resourceOf = ({ apiVersion = '', kind }: HorizontalPodAutoscaler['spec']['scaleTargetRef']) => {
    const parts = apiVersion.split('/');
    if (parts.length > 2) throw new ScaleError(`unexpected GroupVersion string: ${apiVersion}`);
    const group = parts.length === 2 ? parts[0]! : '';
    const found = discover().resources.find((resource) => resource.kind === kind && resource.group === group);
    if (!found) throw new ScaleError(`no matches for kind "${kind}" in group "${group}"`);
    return found;
  };
  const scales: Scales = {
    get: (reference, namespace) => spoken(() => client.getSubresource(resourceOf(reference), reference.name, namespace, 'scale') as Scale), // what the subresource answers
    set(reference, scale, replicas) {
      for (let attempt = 1, current = scale; ; attempt++, current = scales.get(reference, scale.metadata.namespace ?? '')) {
        try {
          client.updateSubresource(resourceOf(reference), { ...current, spec: { ...current.spec, replicas } }, 'scale');
          return;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          if (error.reason !== 'Conflict' || attempt === ATTEMPTS) throw new ScaleError(error.message);
        }
      }
    },
  };
  return scales;
}

function spoken<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ApiError) throw new ScaleError(error.message);
    throw error;
  }
}
