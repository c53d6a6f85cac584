/** Verbs that change one thing: scale, patch, label, annotate, replace, cordon, uncordon, taint. */
import type { Call, Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError, throwAll, withSource } from '../errors.ts';
import { parseYaml } from '../manifest.ts';
import { type ApiObject, asObject, isDict, isEqual, listAt, numberAt, pairsAt, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests, type Info, targetsOf } from '../resource-builder.ts';
import { eachObject, MERGE, patchAndSay, sendPatch, STRATEGIC } from './mutate.ts';

export const scale: Verb = {
  path: 'scale', about: 'Set a new size for a deployment, replica set, or replication controller', required: ['replicas'], examples: [['# Five Pods', 'kubectl scale deployment/web --replicas=5']],
  async run(call) {
    const { flags } = call;
    const replicas = flags.number('replicas');
    if (replicas < 0) throw new KubectlError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    const expected = flags.number('current-replicas');
    await eachObject(call, call.args, {}, async (info) => {
      const now = numberAt(info.object, 'spec', 'replicas') ?? 0;
      if (expected >= 0 && now !== expected) throw new KubectlError(`Expected replicas to be ${expected}, was ${now}`);
      await sendPatch(call, info, { spec: { replicas } }, MERGE, 'scale');
      await printOperation(call, info, 'scaled');
    });
  },
};

const PATCH_TYPES: Readonly<Record<string, string>> = { strategic: STRATEGIC, merge: MERGE, json: 'application/json-patch+json' };

export const patch: Verb = {
  path: 'patch', about: 'Update fields of a resource', examples: [['# Another image', 'kubectl patch deployment web -p \'{"spec":{"replicas":3}}\'']],
  async run(call) {
    const { flags } = call;
    const text = flags.string('patch') || (flags.string('patch-file') ? await call.environment.files.read(flags.string('patch-file')) : '');
    if (!text) throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
    const contentType = PATCH_TYPES[flags.string('type')];
    if (!contentType) throw call.usage(`--type must be one of [json merge strategic], not "${flags.string('type')}"`);
    let body: unknown;
    try {
      body = parseYaml(text);
    } catch (error) {
      throw new KubectlError(`unable to parse "${text}": ${error instanceof Error ? error.message : String(error)}`);
    }
    await eachObject(call, call.args, {}, async (info) => {
      const object = await sendPatch(call, info, body, contentType, flags.string('subresource') || undefined);
      await printOperation(call, { ...info, object }, object.metadata.resourceVersion === info.object.metadata.resourceVersion ? 'patched (no change)' : 'patched');
    });
  },
};

function pairVerb(path: 'label' | 'annotate', field: 'labels' | 'annotations', done: string): Verb {
  return {
    path, about: path === 'label' ? 'Update the labels on a resource' : 'Update the annotations on a resource', examples: [[`# Set one, and take one away`, `kubectl ${path} pod web-0 tier=front old-`]],
    async run(call) {
      const { flags } = call;
      const isPair = (arg: string) => /^[^=]+=/.test(arg) || (arg.endsWith('-') && !arg.startsWith('-') && arg.length > 1);
      const first = call.args.findIndex((arg, i) => i > 0 && isPair(arg));
      const resources = first < 0 ? call.args : call.args.slice(0, first);
      const changes = first < 0 ? [] : call.args.slice(first);
      if (resources.length === 0 && !hasManifests(call)) throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
      if (changes.length === 0 && !flags.bool('list')) throw new KubectlError(`at least one ${field.slice(0, -1)} update is required`);
      await eachObject(call, resources, {}, async (info) => {
        const before = pairsAt(info.object, 'metadata', field);
        if (flags.bool('list')) return call.out(Object.entries(before).map(([k, v]) => `${k}=${v}\n`).join(''));
        const wanted: Record<string, string | null> = {};
        for (const change of changes) {
          const at = change.indexOf('=');
          if (at < 0) {
            const key = change.slice(0, -1);
            if (path === 'label' && !(key in before)) call.out(`label "${key}" not found.\n`);
            wanted[key] = null;
            continue;
          }
          const [key, value] = [change.slice(0, at), change.slice(at + 1)];
          if (key in before && before[key] !== value && !flags.bool('overwrite')) {
            throw new KubectlError(path === 'label' ? `'${key}' already has a value (${before[key]}), and --overwrite is false` : `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${before[key]})`);
          }
          wanted[key] = value;
        }
        const removes = Object.values(wanted).some((v) => v === null);
        const sets = Object.values(wanted).some((v) => v !== null);
        const changed = Object.entries(wanted).some(([k, v]) => (v === null ? k in before : before[k] !== v));
        const operation = path === 'annotate' ? done : !changed ? 'not labeled' : removes && !sets ? 'unlabeled' : done;
        await patchAndSay(call, info, { metadata: { [field]: wanted } }, operation);
      });
    },
  };
}

export const label = pairVerb('label', 'labels', 'labeled');
export const annotate = pairVerb('annotate', 'annotations', 'annotated');

export const replace: Verb = {
  path: 'replace', about: 'Replace a resource by file name or stdin', examples: [['# From a file', 'kubectl replace -f web.yaml'], ['# All Secrets, rewritten', 'kubectl get secrets -A -o json | kubectl replace -f -']],
  async run(call) {
    if (!hasManifests(call)) throw new KubectlError('must specify one of -f and -k');
    const { targets, errors } = await targetsOf(call, { args: [], validates: true });
    const failures = [...errors];
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      const { type, namespace, name, manifest, source } = target;
      try {
        const client = await call.client();
        const path = pathOf(type, namespace, name);
        let body: ApiObject = manifest;
        if (call.flags.bool('force')) {
          client.call('DELETE', path, { body: { gracePeriodSeconds: 0 }, subject: { ...type, name } });
          call.out(`${type.singular} "${name}" deleted from ${namespace} namespace\n`);
          body = withAt(withAt(manifest, ['metadata', 'resourceVersion'], undefined), ['metadata', 'uid'], undefined);
        }
        const object = asObject(client.call(call.flags.bool('force') ? 'POST' : 'PUT', call.flags.bool('force') ? pathOf(type, namespace) : path, { body, query: { ...call.dryRunQuery(), fieldManager: 'kubectl-replace', fieldValidation: call.fieldValidation() }, subject: { ...type, name } }));
        await printOperation(call, { type, name, object }, 'replaced');
      } catch (error) {
        failures.push(withSource('replacing', source, error));
      }
    }
    throwAll(failures);
  },
};

function cordonVerb(path: 'cordon' | 'uncordon', unschedulable: boolean): Verb {
  return {
    path, about: unschedulable ? 'Mark node as unschedulable' : 'Mark node as schedulable', examples: [['# A node', `kubectl ${path} worker-1`]],
    run: (call) => eachObject(call, call.args, { defaultType: 'nodes' }, async (info) => {
      if (call.args.length === 0) throw call.usage(`error in cordon command: one or more resources must be specified`);
      await setSchedulable(call, info, unschedulable);
    }),
  };
}

/** Marks a node and says so; gives the node as it is then. */
export async function setSchedulable(call: Call, info: Info, unschedulable: boolean): Promise<void> {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  if (info.type.kind !== 'Node') throw new KubectlError(`error: cannot ${unschedulable ? 'cordon' : 'uncordon'} ${info.type.kind}`);
  const is = isDict(info.object.spec) && info.object.spec.unschedulable === true;
  if (is === unschedulable) return printOperation(call, info, `already ${word}`);
  await sendPatch(call, info, { spec: { unschedulable: unschedulable || null } }, STRATEGIC);
  await printOperation(call, info, word);
}

export const cordon = cordonVerb('cordon', true);
export const uncordon = cordonVerb('uncordon', false);

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

interface TaintChange { key: string; value?: string; effect?: string; removes: boolean }

export const taint: Verb = {
  path: 'taint', about: 'Update the taints on one or more nodes', examples: [['# Only for GPU work', 'kubectl taint nodes worker-1 nvidia.com/gpu=present:NoSchedule'], ['# And away with it', 'kubectl taint nodes worker-1 nvidia.com/gpu-']],
  async run(call) {
    const first = call.args.findIndex((arg, i) => i > 0 && (/[=:]/.test(arg) || arg.endsWith('-')));
    const resources = first < 0 ? call.args : call.args.slice(0, first);
    const changes = (first < 0 ? [] : call.args.slice(first)).map((text) => parseTaint(call, text));
    if (changes.length === 0) throw new KubectlError('at least one taint update is required');
    await eachObject(call, resources, {}, async (info) => {
      const before = listAt(info.object, 'spec', 'taints').filter(isDict);
      let taints = before;
      for (const change of changes) taints = changed(call, info.name, taints, change);
      const operation = changes.every((c) => c.removes) ? 'untainted' : changes.some((c) => !c.removes && before.some((t) => t.key === c.key && t.effect === c.effect)) ? 'modified' : 'tainted';
      if (!isEqual(before, taints)) await sendPatch(call, info, { spec: { taints: taints.length ? taints : null } }, MERGE);
      await printOperation(call, info, operation);
    });
  },
};

function parseTaint(call: Call, text: string): TaintChange {
  const removes = text.endsWith('-');
  const body = removes ? text.slice(0, -1) : text;
  const [left = '', effect] = body.includes(':') ? [body.slice(0, body.lastIndexOf(':')), body.slice(body.lastIndexOf(':') + 1)] : [body];
  const [key = '', value] = left.split('=');
  if (effect !== undefined && !EFFECTS.includes(effect)) throw call.usage(`invalid taint effect: ${effect}, unsupported taint effect`);
  if (!removes && effect === undefined) throw call.usage(`invalid taint spec: ${text}, expected \`<key>=<value>:<taint-effect>\``.replace(/, expected.*/, ''));
  return { key, value, effect, removes };
}

function changed(call: Call, node: string, taints: readonly Record<string, unknown>[], change: TaintChange): Record<string, unknown>[] {
  const same = (t: Record<string, unknown>) => t.key === change.key && (change.effect === undefined || t.effect === change.effect);
  if (change.removes) {
    if (!taints.some(same)) throw new KubectlError(`taint "${change.key}${change.effect ? `:${change.effect}` : ''}" not found`);
    return taints.filter((t) => !same(t));
  }
  if (taints.some(same) && !call.flags.bool('overwrite')) throw new KubectlError(`node ${node} already has ${change.key} taint(s) with same effect(s) and --overwrite is false`);
  return [...taints.filter((t) => !same(t)), { key: change.key, ...(change.value ? { value: change.value } : {}), effect: change.effect }];
}
