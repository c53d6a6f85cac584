/** kubectl run and expose: a Pod from an image, a Service for what runs. */
import type { Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { jsonMergePatch } from '../../cluster/api/patch.ts';
import { parseYaml } from '../manifest.ts';
import { asObject, isDict, listAt, pairsAt } from '../objects.ts';
import { createObject } from './create.ts';
import { eachObject } from './mutate.ts';

export const run: Verb = {
  path: 'run', about: 'Run an image in a Pod', required: ['image'], examples: [['# A Pod', 'kubectl run web --image=nginx'], ['# With a command', 'kubectl run box --image=busybox --command -- sleep 3600']],
  async run(call) {
    const { flags } = call;
    const [name, ...rest] = call.args;
    if (!name) throw call.usage('NAME is required for run');
    const image = flags.string('image');
    const env = flags.list('env').map((text) => ({ name: text.split('=')[0]!, value: text.slice(text.indexOf('=') + 1) }));
    const command = rest.length > 0 ? { [flags.bool('command') ? 'command' : 'args']: rest } : {};
    const port = Number(flags.string('port'));
    const labels = flags.string('labels') ? Object.fromEntries(flags.string('labels').split(',').map((t) => t.split('='))) : { run: name };
    const plain = {
      kind: 'Pod', apiVersion: 'v1', metadata: { labels, name },
      spec: { containers: [{ ...command, ...(env.length ? { env } : {}), image, name, ...(flags.string('image-pull-policy') ? { imagePullPolicy: flags.string('image-pull-policy') } : {}), ...(port ? { ports: [{ containerPort: port }] } : {}), resources: {} }], dnsPolicy: 'ClusterFirst', restartPolicy: flags.string('restart') },
      status: {},
    };
    const overrides = flags.string('overrides');
    const pod = asObject(overrides ? jsonMergePatch(plain, parseYaml(overrides)) : plain);
    const type = await (await call.discovery()).resolve('pods');
    await createObject(call, type, pod, await call.namespace(), { keepsOrder: true });
  },
};

export const expose: Verb = {
  path: 'expose', about: 'Make a Service for Pods that run', examples: [['# A Deployment', 'kubectl expose deployment web --port=80']],
  async run(call) {
    const { flags } = call;
    await eachObject(call, call.args, {}, async (info) => {
      const selector = flags.string('selector') ? Object.fromEntries(flags.string('selector').split(',').map((t) => t.split('='))) : info.type.kind === 'Pod' ? pairsAt(info.object, 'metadata', 'labels') : info.type.kind === 'Service' ? pairsAt(info.object, 'spec', 'selector') : pairsAt(info.object, 'spec', 'selector', 'matchLabels');
      if (Object.keys(selector).length === 0) throw new KubectlError(`couldn't retrieve selectors via --selector flag or introspection: the ${info.type.kind.toLowerCase()} has no labels and cannot be exposed`);
      const containers = info.type.kind === 'Pod' ? listAt(info.object, 'spec', 'containers') : listAt(info.object, 'spec', 'template', 'spec', 'containers');
      const declared = containers.flatMap((c) => listAt(c, 'ports')).filter(isDict).map((p) => Number(p.containerPort));
      const ports = flags.string('port') ? [Number(flags.string('port'))] : declared;
      if (ports.length === 0) throw new KubectlError("couldn't find port via --port flag or introspection");
      const target = flags.string('target-port');
      const type = await (await call.discovery()).resolve('services');
      const object = asObject({
        kind: 'Service', apiVersion: 'v1', metadata: { labels: pairsAt(info.object, 'metadata', 'labels'), name: flags.string('name') || info.name },
        spec: {
          ports: ports.map((port, i) => ({ ...(ports.length > 1 ? { name: `port-${i + 1}` } : {}), port, protocol: flags.string('protocol') || 'TCP', targetPort: target ? (/^\d+$/.test(target) ? Number(target) : target) : port })), selector,
          ...(flags.string('type') ? { type: flags.string('type') } : {}), ...(flags.string('cluster-ip') ? { clusterIP: flags.string('cluster-ip') } : {}),
        }, status: { loadBalancer: {} },
      });
      await createObject(call, type, object, info.namespace, { operation: 'exposed', keepsOrder: true });
    });
  },
};
