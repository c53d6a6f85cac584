/** kubectl label and annotate: pairs are set with `key=value` and taken away with `key-`. */
import { labelValueErrors } from '../../cluster/api/names.ts';
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { isEqual, pairsAt, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests } from '../resource-builder.ts';
import { eachObject, isLocal, sendPatch } from './mutate.ts';

interface Pairs { path: 'label' | 'annotate'; noun: 'label' | 'annotation'; field: 'labels' | 'annotations'; localFile: string }
interface Changes { set: ReadonlyMap<string, string>; remove: readonly string[] }

const LABEL: Pairs = { path: 'label', noun: 'label', field: 'labels', localFile: '-f pod.yaml or --filename=pod.json' };
const ANNOTATE: Pairs = { path: 'annotate', noun: 'annotation', field: 'annotations', localFile: '-f rsrc.yaml or --filename=rsrc.json' };

/** `pods a b x=1 y-` as resources and changes. Throws KubectlError for a resource after a change. */
function separated(args: readonly string[], noun: string): { resources: string[]; changes: string[] } {
  const isChange = (arg: string) => arg.indexOf('=') > 0 || (arg.endsWith('-') && arg !== '-');
  const first = args.findIndex(isChange);
  if (first < 0) return { resources: [...args], changes: [] };
  const late = args.slice(first).find((arg) => !isChange(arg));
  if (late !== undefined) throw new KubectlError(`all resources must be specified before ${noun} changes: ${late}`);
  return { resources: args.slice(0, first), changes: args.slice(first) };
}

function parsed(texts: readonly string[], { noun }: Pairs): Changes {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 0) { remove.push(text.slice(0, -1)); continue; }
    const [key, value] = [text.slice(0, at), text.slice(at + 1)];
    if (noun === 'label' && value.includes('=')) throw new KubectlError(`invalid label spec: ${text}`);
    const problems = noun === 'label' ? labelValueErrors(value) : [];
    if (problems.length > 0) throw new KubectlError(`invalid label value: ${JSON.stringify(text)}: ${problems.join(';')}`);
    set.set(key, value);
  }
  const both = remove.filter((key) => set.has(key));
  if (both.length > 0) throw new KubectlError(`can not both modify and remove ${noun === 'label' ? 'a label' : 'the following annotation(s)'} in the same command${noun === 'label' ? '' : `: ${both.join(', ')}`}`);
  return { set, remove };
}

function verb(kind: Pairs): Verb {
  const { path, noun, field } = kind;
  return {
    path, about: `Update the ${field} on a resource`,
    help: `Sets ${field} of objects with KEY=VALUE and takes them away with KEY-.\n\nA ${noun} that has another value is changed only with --overwrite. With --resource-version the change is made only if the object still has that version.`,
    examples: [['# Set one, and take one away', `kubectl ${path} pod web-0 tier=front old-`], ['# Of all Pods of the namespace', `kubectl ${path} pods --all tier=front`], [`# What is set`, `kubectl ${path} pod web-0 --list`]],
    async run(call) {
      const { flags } = call;
      const { resources, changes } = separated(call.args, noun);
      const wanted = parsed(changes, kind);
      if (flags.bool('list') && flags.string('output')) throw new KubectlError('--list and --output may not be specified together');
      if (flags.bool('all') && flags.string('selector')) throw new KubectlError('cannot set --all and --selector at the same time');
      if (isLocal(call) && resources.length > 0) throw new KubectlError(`can only use local files by ${kind.localFile} when --local=true is set`);
      if (resources.length === 0 && !hasManifests(call)) throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
      if (changes.length === 0 && !flags.bool('list')) throw new KubectlError(`at least one ${noun} update is required`);
      await changeAll(call, resources, kind, wanted);
    },
  };
}

async function changeAll(call: Call, resources: readonly string[], kind: Pairs, { set, remove }: Changes): Promise<void> {
  const { flags } = call;
  await eachObject(call, resources, {}, async (info, isOnly) => {
    const before = pairsAt(info.object, 'metadata', kind.field);
    const version = flags.string('resource-version');
    const after: Record<string, string> = { ...before, ...Object.fromEntries(set) };
    for (const key of remove) delete after[key];
    if (!flags.bool('overwrite')) refuseOverwrite(before, set, kind);
    if (flags.bool('list')) {
      if (!isOnly) call.out(`Listing ${kind.field} for ${info.type.kind}.${info.type.group}/${info.name}:\n`);
      return call.out(Object.entries(after).map(([key, value]) => `${isOnly ? '' : ' '}${key}=${value}\n`).join(''));
    }
    const isSent = !isLocal(call) && call.dryRun() !== 'client';
    if (kind.noun === 'label' && isSent) for (const key of remove) if (!Object.hasOwn(before, key)) call.out(`label ${JSON.stringify(key)} not found.\n`);
    const metadata = { ...(version ? { resourceVersion: version } : {}), [kind.field]: { ...Object.fromEntries(set), ...Object.fromEntries(remove.map((key) => [key, null])) } };
    const object = isSent ? await sendPatch(call, info, { metadata }) : withAt(info.object, ['metadata', kind.field], Object.keys(after).length > 0 ? after : undefined);
    await printOperation(call, { ...info, object }, kind.noun === 'label' ? outcome(before, after, flags.bool('overwrite')) : 'annotated');
  });
}

function refuseOverwrite(before: Readonly<Record<string, string>>, set: ReadonlyMap<string, string>, { noun }: Pairs): void {
  const taken = [...set].filter(([key, value]) => Object.hasOwn(before, key) && before[key] !== value).map(([key]) => `'${key}' already has a value (${before[key]})`);
  if (taken.length === 0) return;
  if (noun === 'annotation') throw new KubectlError(`--overwrite is false but found the following declared annotation(s): ${taken.join('; ')}`);
  const texts = taken.map((text) => `${text}, and --overwrite is false`);
  throw new KubectlError(texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
}

/** kubectl judges by the length of the object's text whether labels were taken away. */
function outcome(before: object, after: object, overwrites: boolean): string {
  if (isEqual(before, after)) return 'not labeled';
  return !overwrites && JSON.stringify(after).length < JSON.stringify(before).length ? 'unlabeled' : 'labeled';
}

export const label = verb(LABEL);
export const annotate = verb(ANNOTATE);
