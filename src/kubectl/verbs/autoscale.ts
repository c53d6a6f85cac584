/** kubectl autoscale: a HorizontalPodAutoscaler for a workload. */
import { isQuantity } from '../../cluster/api/quantity.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf } from '../discovery.ts';
import { KubectlError } from '../errors.ts';
import { asObject, type Dict } from '../objects.ts';
import { localType } from '../resource-builder.ts';
import { createAndSay, eachObject } from './mutate.ts';

const API_VERSION = 'autoscaling/v2';

export const autoscale: Verb = {
  path: 'autoscale', about: 'Auto-scale a deployment, replica set, stateful set, or replication controller', required: ['max'],
  examples: [['# Between two and ten Pods, by CPU', 'kubectl autoscale deployment web --min=2 --max=10 --cpu=70%']],
  async run(call) {
    const { flags } = call;
    const [min, max] = [flags.number('min'), flags.number('max')];
    if (max < 1) throw new KubectlError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min) throw new KubectlError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    const metrics = metricsOf(call);
    await eachObject(call, call.args, {}, async ({ type, name, namespace }) => {
      if (!type.subresources.includes('scale')) throw new KubectlError(`cannot autoscale a ${type.kind}: could not find scale subresource for ${type.group}/${type.version}, Resource=${type.plural} in discovery information`);
      const spec = { scaleTargetRef: { kind: type.kind, name, apiVersion: apiVersionOf(type) }, ...(min > 0 ? { minReplicas: min } : {}), maxReplicas: max, ...(metrics.length > 0 ? { metrics } : {}) };
      const connection = await call.connection();
      const own = connection.isNamespaceExplicit ? { namespace } : {};
      const object = asObject({ kind: 'HorizontalPodAutoscaler', apiVersion: API_VERSION, metadata: { name: flags.string('name') || name, ...own }, spec, status: { desiredReplicas: 0, currentMetrics: null } });
      const hpa = await (await call.discovery()).ofKind(API_VERSION, 'HorizontalPodAutoscaler') ?? localType(API_VERSION, 'HorizontalPodAutoscaler');
      await createAndSay(call, hpa, object, namespace, 'autoscaled');
    });
  },
};

function metricsOf({ flags }: Call): Dict[] {
  const percent = flags.number('cpu-percent');
  const cpu = flags.string('cpu') || (percent > 0 ? `${percent}%` : '');
  return ([['cpu', cpu], ['memory', flags.string('memory')]] as const).filter(([, text]) => text !== '').map(([name, text]) => metric(name, text));
}

/** `70%` of the request, or an amount for each Pod. */
function metric(name: string, text: string): Dict {
  const percent = /^(\d+)%?$/.exec(text)?.[1];
  if (percent === undefined && !isQuantity(text)) throw new KubectlError(`invalid value for --${name}: ${text}`);
  const target = percent === undefined ? { type: 'AverageValue', averageValue: text } : { type: 'Utilization', averageUtilization: Number(percent) };
  return { type: 'Resource', resource: { name, target } };
}
