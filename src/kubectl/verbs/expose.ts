/** kubectl expose: a Service for what runs. */
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { overridden } from '../overrides.ts';
import { intOrString, pairs } from '../pairs.ts';
import { type ApiObject, asObject, type Dict, isDict, listAt, pairsAt, textAt } from '../objects.ts';
import type { Info } from '../resource-builder.ts';
import { createAndSay, eachObject } from './mutate.ts';

export const expose: Verb = {
  path: 'expose', about: 'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  examples: [['# A Deployment', 'kubectl expose deployment web --port=80 --target-port=8080'], ['# On a port of every node', 'kubectl expose deployment web --port=80 --type=NodePort']],
  async run(call) {
    const affinity = call.flags.string('session-affinity');
    await eachObject(call, call.args, { selector: '' }, async (info) => {
      if (!['', 'None', 'ClientIP'].includes(affinity)) throw new KubectlError(`unknown session affinity: ${affinity}`);
      const connection = await call.connection();
      const own = connection.isNamespaceExplicit ? { namespace: connection.namespace } : {};
      const service = asObject({
        kind: 'Service', apiVersion: 'v1', metadata: { name: call.flags.string('name') || info.name, ...own, labels: labelsFor(call, info.object) },
        spec: specFor(call, info), status: { loadBalancer: {} },
      });
      await createAndSay(call, await (await call.discovery()).resolve('services'), overridden(call, service, 'Service'), info.namespace, 'exposed');
    });
  },
};

function labelsFor({ flags }: Call, object: ApiObject): Record<string, string> {
  return flags.string('labels') ? pairs(flags.string('labels').split(',')) : pairsAt(object, 'metadata', 'labels');
}

function specFor({ flags }: Call, info: Info): Dict {
  const selector = flags.string('selector') ? pairs(flags.string('selector').split(',')) : selectorOf(info);
  const ports = portsFor(flags.string('port'), flags.string('target-port'), flags.string('protocol'), info.object);
  if (ports.length === 0) throw new KubectlError('couldn\'t find port via --port flag or introspection');
  const text = (flag: string, field: string) => (flags.string(flag) ? { [field]: flags.string(flag) } : {});
  return {
    ports, selector, ...text('cluster-ip', 'clusterIP'), ...text('type', 'type'), ...(flags.string('external-ip') ? { externalIPs: [flags.string('external-ip')] } : {}),
    ...text('session-affinity', 'sessionAffinity'), ...text('load-balancer-ip', 'loadBalancerIP'),
  };
}

function selectorOf({ type, object }: Info): Record<string, string> {
  const path = { Pod: ['metadata', 'labels'], Service: ['spec', 'selector'], ReplicationController: ['spec', 'selector'], Deployment: ['spec', 'selector', 'matchLabels'], ReplicaSet: ['spec', 'selector', 'matchLabels'] }[type.kind];
  if (!path) throw new KubectlError(`cannot expose a ${type.kind}${type.group ? `.${type.group}` : ''}`);
  const selector = pairsAt(object, ...path);
  if (Object.keys(selector).length > 0) return selector;
  throw new KubectlError(type.kind === 'Pod' ? 'couldn\'t retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed' : `couldn't retrieve selectors via --selector flag or introspection${type.kind === 'Service' ? ': the service has no pod selector set' : ''}`);
}

/** The ports of --port, else those that the containers declare. */
function portsFor(typed: string, target: string, protocol: string, object: ApiObject): Dict[] {
  const containers = [...listAt(object, 'spec', 'containers'), ...listAt(object, 'spec', 'template', 'spec', 'containers')];
  const declared = [...containers.flatMap((container) => listAt(container, 'ports')), ...(object.kind === 'Service' ? listAt(object, 'spec', 'ports') : [])].filter(isDict);
  const numbers = typed ? typed.split(',') : declared.map((port) => textAt(port, 'containerPort') || textAt(port, 'port'));
  return numbers.map((text, i): Dict => {
    if (!/^[+-]?\d+$/.test(text)) throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    const found = declared.find((port) => String(port.containerPort ?? port.port) === text);
    return {
      ...(numbers.length > 1 ? { name: `port-${i + 1}` } : {}), protocol: protocol || (found && textAt(found, 'protocol')) || 'TCP', port: Number(text), targetPort: target ? intOrString(target) : Number(text),
    };
  });
}
