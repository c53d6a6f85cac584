/** kubectl taint: `key=value:Effect` sets a taint on nodes, a minus after it takes it away. */
import { labelKeyErrors, labelValueErrors } from '../../cluster/api/names.ts';
import type { Call, Verb } from '../command.ts';
import { KubectlError, NoResourceMatchError, throwAll } from '../errors.ts';
import { isDict, isEqual, listAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { eachObject, sendPatch } from './mutate.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

interface Taint extends Record<string, unknown> { key: string; value?: string; effect?: string }

const matches = (a: Record<string, unknown>, b: Taint) => a.key === b.key && (b.effect === undefined || a.effect === b.effect);
const textOf = ({ key, value, effect }: Taint) => `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;

export const taint: Verb = {
  path: 'taint', about: 'Update the taints on one or more nodes',
  help: 'Sets taints with KEY=VALUE:EFFECT and takes them away with KEY:EFFECT- or KEY-.\n\nThe effect is NoSchedule, PreferNoSchedule or NoExecute. Only Pods that tolerate a taint are placed on the node; with NoExecute those that do not are sent away, too.',
  examples: [['# Only for GPU work', 'kubectl taint nodes worker-1 nvidia.com/gpu=present:NoSchedule'], ['# And away with it', 'kubectl taint nodes worker-1 nvidia.com/gpu-'], ['# On all nodes with a label', 'kubectl taint node -l disk=slow slow=:PreferNoSchedule']],
  async run(call) {
    const { add, remove, resources } = parsed(call);
    const names = resources.slice(1);
    if (!resources[0]) throw new KubectlError('one or more resources must be specified as <resource> <name>');
    if (add.length + remove.length === 0) throw new KubectlError('at least one taint update is required');
    call.fieldValidation();
    const type = await (await call.discovery()).find(resources[0]);
    if (!type) throw new NoResourceMatchError(resources[0]);
    if (type.kind !== 'Node') throw new KubectlError(`invalid resource type ${resources[0]}, only node types are supported`);
    const overwrites = call.flags.bool('overwrite');
    if (names.length === 0 && !call.flags.bool('all') && !call.flags.string('selector')) throw new KubectlError("at least one resource name must be specified since 'all' parameter is not set");
    const isSelected = call.flags.bool('all') || call.flags.string('selector') !== '';
    await eachObject(call, isSelected ? [] : names, { defaultType: 'nodes', all: call.flags.bool('all') }, async (info) => {
      const before = listAt(info.object, 'spec', 'taints').filter(isDict);
      if (!overwrites) refuseExisting(info.name, before, add);
      const kept = before.filter((old) => !add.some((fresh) => matches(old, fresh)));
      const isAdded = before.length !== add.length + kept.length;
      const missing = remove.filter((gone) => ![...add, ...kept].some((old) => matches(old, gone)));
      throwAll(missing.map((gone) => new KubectlError(`taint ${JSON.stringify(textOf(gone))} not found`)));
      const taints = [...add, ...kept].filter((old) => !remove.some((gone) => matches(old, gone)));
      const object = isEqual(before, taints) ? info.object : await sendPatch(call, info, { spec: { taints: taints.length > 0 ? taints : null } });
      await printOperation(call, { ...info, object }, overwrites || (isAdded && remove.length > 0) ? 'modified' : isAdded ? 'tainted' : 'untainted', { hidesDryRun: true });
    });
  },
};

function refuseExisting(node: string, before: readonly Record<string, unknown>[], add: readonly Taint[]): void {
  const existing = add.filter((fresh) => before.some((old) => matches(old, fresh))).map(({ key }) => key);
  if (existing.length > 0) throw new KubectlError(`node ${node} already has ${existing.join(',')} taint(s) with same effect(s) and --overwrite is false`);
}

function parsed(call: Call): { resources: string[]; add: Taint[]; remove: Taint[] } {
  const isTaint = (arg: string) => /[=:]/.test(arg) || arg.endsWith('-');
  const first = call.args.findIndex(isTaint);
  const texts = first < 0 ? [] : call.args.slice(first);
  const late = texts.find((text) => !isTaint(text));
  if (late !== undefined) throw new KubectlError(`all resources must be specified before taint changes: ${late}`);
  const add = texts.filter((text) => !text.endsWith('-')).map((text) => taintOf(call, text, true));
  const remove = texts.filter((text) => text.endsWith('-')).map((text) => taintOf(call, text.slice(0, -1), false));
  const twice = add.find((one, i) => add.findIndex((other) => matches(one, other)) !== i);
  if (twice) throw call.usage(`duplicated taints with the same key and effect: {${twice.key} ${twice.value ?? ''} ${twice.effect ?? ''} <nil>}`);
  const both = remove.filter((gone) => add.some((fresh) => matches(fresh, gone)));
  if (both.length > 0) throw new KubectlError(`can not both modify and remove the following taint(s) in the same command: ${both.map(({ key, effect }) => `${key}=${effect ?? ''}`).join(', ')}`);
  return { resources: first < 0 ? [...call.args] : call.args.slice(0, first), add, remove };
}

function taintOf(call: Call, text: string, mustHaveEffect: boolean): Taint {
  const wrong = (problems: readonly string[] = []) => call.usage(`invalid taint spec: ${[text, ...(problems.length > 0 ? [problems.join('; ')] : [])].join(', ')}`);
  const [left = '', effect, ...more] = text.split(':');
  if (more.length > 0) throw wrong();
  if (effect !== undefined && !EFFECTS.includes(effect)) throw call.usage(`invalid taint effect: ${effect}, unsupported taint effect`);
  const [key = '', value, ...others] = effect === undefined ? [left] : left.split('=');
  if (others.length > 0) throw wrong();
  for (const problems of [value === undefined ? [] : labelValueErrors(value), labelKeyErrors(key)]) if (problems.length > 0) throw wrong(problems);
  if (mustHaveEffect && effect === undefined) throw wrong();
  return { key, ...(value ? { value } : {}), ...(effect ? { effect } : {}) };
}
