/** kubectl describe: an object with everything around it. */
import type { Call, Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import type { DescribeSource } from '../describe/describer.ts';
import { describe as describeObject } from '../describe/index.ts';
import { hasReason, KubectlError, throwAll, unprefixed } from '../errors.ts';
import { asObject } from '../objects.ts';
import { fetched, hasManifests, listed, type Targets, targetsOf } from '../resource-builder.ts';

export const describe: Verb = {
  path: 'describe', about: 'Show details of a specific resource or group of resources',
  help: 'Shows an object with what belongs to it: its parts, the objects it leads to, and its latest events.\nA NAME that no object has is taken as the beginning of names: all objects that begin so are shown.',
  examples: [['# A Pod, with its events', 'kubectl describe pod web-0'], ['# All Pods whose names begin with web', 'kubectl describe pods web'], ['# What a file names', 'kubectl describe -f web.yaml']],
  async run(call) {
    if (call.args.length === 0 && !hasManifests(call)) throw new KubectlError('You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.');
    const targets = await targetsOf(call, { allowsEmptySelector: true, selector: call.flags.string('selector'), allNamespaces: call.flags.bool('all-namespaces') });
    const { infos, errors } = await fetched(call, { ...targets, errors: unprefixed(targets.errors) });
    const [error] = errors;
    if (call.args.length === 2 && errors.length === 1 && hasReason(error, 'NotFound')) return describeMatching(call, targets, error);
    const source = await sourceOf(call, infos.length === 1);
    for (const [i, info] of infos.entries()) call.out(`${i > 0 ? '\n\n' : ''}${await describeObject(info.object, source)}`);
    if (infos.length === 0 && errors.length === 0) call.err(targets.targets.some((t) => t.type.namespaced) && !call.flags.bool('all-namespaces') ? `No resources found in ${await call.namespace()} namespace.\n` : 'No resources found\n');
    throwAll(errors);
  },
};

/** `describe pods web`: all whose names begin so. Throws the original error when there are none. */
async function describeMatching(call: Call, { targets: [target] }: Targets, notFound: unknown): Promise<void> {
  const [, prefix = ''] = call.args;
  const all = target ? await listed(call, { what: 'list', type: target.type, namespace: target.namespace, labelSelector: '', fieldSelector: '' }) : [];
  const matching = all.filter(({ name }) => name.startsWith(prefix));
  if (matching.length === 0) throw notFound;
  const source = await sourceOf(call, matching.length === 1);
  for (const { object } of matching) call.out(`${await describeObject(object, source)}\n`);
}

async function sourceOf(call: Call, isOne: boolean): Promise<DescribeSource> {
  const discovery = await call.discovery();
  const client = await call.client();
  return {
    nowMs: call.nowMs, showEvents: call.flags.changed('show-events') ? call.flags.bool('show-events') : isOne,
    async list(resource, { namespace, labelSelector = '', fieldSelector = '' }) {
      return (await listed(call, { what: 'list', type: await discovery.resolve(resource), namespace, labelSelector, fieldSelector })).map((info) => info.object);
    },
    async get(resource, name, namespace) {
      const type = await discovery.resolve(resource);
      try {
        return asObject(client.get(pathOf(type, namespace, name), { subject: { ...type, name } }));
      } catch (error) {
        if (hasReason(error, 'NotFound', 'Forbidden')) return undefined;
        throw error;
      }
    },
  };
}
