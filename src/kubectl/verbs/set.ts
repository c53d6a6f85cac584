/** kubectl set: image, env, resources, serviceaccount of the Pods that an object makes, selector of a Service. */
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { isDict, listAt, pairsAt, textAt, type Dict } from '../objects.ts';
import { printOperation } from '../output.ts';
import type { Info } from '../resource-builder.ts';
import { eachObject, sendPatch, STRATEGIC } from './mutate.ts';

/** Where an object keeps its Pod spec. */
function podSpecPath({ type }: Info): string[] {
  if (type.kind === 'Pod') return ['spec'];
  return type.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template', 'spec'] : ['spec', 'template', 'spec'];
}

function wrapped(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

function containersOf(info: Info): Dict[] {
  const path = podSpecPath(info);
  return [...listAt(info.object, ...path, 'containers'), ...listAt(info.object, ...path, 'initContainers')].filter(isDict);
}

function split(args: readonly string[]): { resources: string[]; pairs: [string, string][] } {
  const pairs = args.filter((arg) => /^[^=/]+=/.test(arg));
  return { resources: args.filter((arg) => !pairs.includes(arg)), pairs: pairs.map((p) => [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)]) };
}

async function update(call: Call, info: Info, spec: unknown, operation: string): Promise<void> {
  const object = await sendPatch(call, info, wrapped(podSpecPath(info), spec), STRATEGIC);
  if (object.metadata.resourceVersion === info.object.metadata.resourceVersion && call.dryRun() === 'none') return;
  await printOperation(call, { ...info, object }, operation);
}

const image: Verb = {
  path: 'set image', about: 'Update the image of a pod template', examples: [['# One container', 'kubectl set image deployment/web nginx=nginx:1.27']],
  async run(call) {
    const { resources, pairs } = split(call.args);
    await eachObject(call, resources, {}, async (info) => {
      const names = containersOf(info).map((c) => textAt(c, 'name'));
      const inits = new Set(listAt(info.object, ...podSpecPath(info), 'initContainers').map((c) => textAt(c, 'name')));
      const changes = pairs.flatMap(([name, to]) => {
        if (name === '*') return names.map((n) => ({ name: n, image: to }));
        if (!names.includes(name)) throw new KubectlError(`unable to find container named "${name}"`);
        return [{ name, image: to }];
      });
      const containers = changes.filter((c) => !inits.has(c.name));
      const initContainers = changes.filter((c) => inits.has(c.name));
      await update(call, info, { ...(containers.length ? { containers } : {}), ...(initContainers.length ? { initContainers } : {}) }, 'image updated');
    });
  },
};

const env: Verb = {
  path: 'set env', about: 'Update environment variables on a pod template', examples: [['# Set one, take one away', 'kubectl set env deployment/web LEVEL=debug OLD-']],
  async run(call) {
    const removals = call.args.slice(1).filter((arg) => /^[A-Za-z_]\w*-$/.test(arg));
    const { resources, pairs } = split(call.args.filter((arg) => !removals.includes(arg)));
    const all: [string, string][] = [...pairs, ...call.flags.list('env').map((t): [string, string] => [t.slice(0, t.indexOf('=')), t.slice(t.indexOf('=') + 1)])];
    await eachObject(call, resources, {}, async (info) => {
      const chosen = call.flags.string('containers');
      const containers = containersOf(info).filter((c) => chosen === '*' || chosen === '' || textAt(c, 'name') === chosen);
      if (call.flags.bool('list')) {
        for (const c of containers) call.out(`# ${info.type.plural} ${info.name}, container ${textAt(c, 'name')}\n${listAt(c, 'env').map((e) => `${textAt(e, 'name')}=${textAt(e, 'value')}\n`).join('')}`);
        return;
      }
      await update(call, info, { containers: containers.map((c) => ({ name: c.name, env: [...all.map(([name, value]) => ({ name, value })), ...removals.map((r) => ({ $patch: 'delete', name: r.slice(0, -1) }))] })) }, 'env updated');
    });
  },
};

const resources: Verb = {
  path: 'set resources', about: 'Update resource requests/limits on objects with pod templates', examples: [['# Of all containers', 'kubectl set resources deployment/web --limits=cpu=200m,memory=256Mi']],
  async run(call) {
    const list = (text: string) => (text ? Object.fromEntries(text.split(',').map((t) => t.split('='))) as Record<string, string> : undefined);
    const limits = list(call.flags.string('limits'));
    const requests = list(call.flags.string('requests'));
    if (!limits && !requests) throw new KubectlError('you must specify an update to requests or limits (in the form of --requests/--limits)');
    await eachObject(call, call.args, {}, async (info) => {
      const chosen = call.flags.string('containers');
      const containers = containersOf(info).filter((c) => chosen === '*' || chosen === '' || textAt(c, 'name') === chosen);
      await update(call, info, { containers: containers.map((c) => ({ name: c.name, resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } })) }, 'resource requirements updated');
    });
  },
};

const serviceAccount: Verb = {
  path: 'set serviceaccount', about: 'Update the service account of a resource', examples: [['# Of a Deployment', 'kubectl set serviceaccount deployment web robot']],
  async run(call) {
    const name = call.args.at(-1);
    if (!name || call.args.length < 2) throw new KubectlError('serviceaccount is required');
    await eachObject(call, call.args.slice(0, -1), {}, (info) => update(call, info, { serviceAccountName: name }, 'serviceaccount updated'));
  },
};

const selector: Verb = {
  path: 'set selector', about: 'Set the selector on a resource', examples: [['# To other Pods', 'kubectl set selector service web app=web,tier=front']],
  async run(call) {
    const expression = call.args.find((arg) => arg.includes('='));
    const named = call.args.filter((arg) => arg !== expression);
    if (expression === undefined) throw new KubectlError('no selector specified');
    const pairs = expression.split(',').map((pair) => pair.split('='));
    if (pairs.some((pair) => pair.length !== 2 || pair[0] === '')) throw new KubectlError(`selector not an equality expression: ${expression}`);
    const wanted: Record<string, unknown> = Object.fromEntries(pairs);
    await eachObject(call, named, {}, async (info) => {
      if (info.type.kind !== 'Service') throw new KubectlError(`setting a selector is only supported for Services`);
      // A selector is replaced as a whole: what it no longer names is taken away.
      const dropped = Object.keys(pairsAt(info.object, 'spec', 'selector')).filter((key) => !Object.hasOwn(wanted, key));
      const body = { spec: { selector: { ...wanted, ...Object.fromEntries(dropped.map((key) => [key, null])) } } };
      const object = await sendPatch(call, info, body, STRATEGIC);
      await printOperation(call, { ...info, object }, 'selector updated');
    });
  },
};

export const set: readonly Verb[] = [{ path: 'set', about: 'Set specific features on objects' }, image, env, resources, serviceAccount, selector];
