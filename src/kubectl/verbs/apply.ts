/** kubectl apply: makes the cluster as manifests say. */
import { applyClientSide, described, lastApplied } from '../apply/client-side.ts';
import { checkPrune, prune } from '../apply/prune.ts';
import { applyServerSide } from '../apply/server-side.ts';
import type { Call, Verb } from '../command.ts';
import { AggregateFailure, forEachCollecting, KubectlError, throwAll } from '../errors.ts';
import type { ApiObject } from '../objects.ts';
import { goJsonIndented } from '../printers/json.ts';
import { outputFormat, resultPrinter } from '../printers/printer.ts';
import { goYaml } from '../printers/yaml.ts';
import { LAST_APPLIED, patchObject, withLastApplied } from '../requests.ts';
import { fetched, hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';

export const apply: Verb = {
  path: 'apply', about: 'Apply a configuration to a resource by file name or stdin',
  help: 'Makes objects as a manifest says: those that are missing are created, others changed where they differ.\n\nWhat a manifest said is kept in an annotation of the object, so that fields which it no longer names are removed the next time.\nFields it never named are left to others. With --server-side the server merges and remembers who owns which field.',
  examples: [['# What a file describes', 'kubectl apply -f web.yaml'], ['# All files of a folder', 'kubectl apply -f manifests/'], ['# From standard input', 'cat web.yaml | kubectl apply -f -'], ['# Delete what is labelled app=shop and no longer in the file', 'kubectl apply --prune -f shop.yaml -l app=shop']],
  async run(call) {
    const { flags } = call;
    if (!hasManifests(call)) throw call.args.length > 0 ? call.usage(`Unexpected args: [${call.args.join(' ')}]`) : new KubectlError('must specify one of -f and -k');
    if (call.args.length > 0) throw call.usage(`Unexpected args: [${call.args.join(' ')}]`);
    if (flags.bool('force-conflicts') && !flags.bool('server-side')) throw new KubectlError('--force-conflicts only works with --server-side');
    if (flags.bool('force') && flags.bool('server-side')) throw new KubectlError('--force cannot be used with --server-side');
    if (flags.bool('server-side') && call.dryRun() === 'client') throw new KubectlError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
    if (flags.bool('force') && call.dryRun() === 'server') throw new KubectlError('--dry-run=server cannot be used with --force');
    checkPrune(call);
    await applyAll(call);
  },
};

async function applyAll(call: Call): Promise<void> {
  const { targets, errors } = await targetsOf(call, { args: [], validates: call.fieldValidation() !== 'Ignore', selector: call.flags.string('selector') });
  if (targets.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to apply');
  const format = outputFormat(call).name;
  const say = async (object: ApiObject, outcome: string) => { if (format === '' || format === 'name') (await resultPrinter(call, outcome))(object); };
  const applied: ApiObject[] = [];
  await forEachCollecting(targets, async (target) => {
    if (target.what !== 'object' || !target.manifest) return;
    const { generateName } = target.manifest.metadata;
    if (!target.name) throw generateName ? new KubectlError(`from ${generateName}: cannot use generate name with apply`) : new KubectlError(`error when retrieving current configuration of:\n${described(target)}\nfrom server for: "${target.source}": resource name may not be empty`);
    const { object, outcome } = await applyOne(call, target, target.manifest);
    applied.push(object);
    await say(object, outcome);
  }, errors);
  if (format !== '' && format !== 'name' && applied[0]) (await resultPrinter(call, ''))(applied.length === 1 ? applied[0] : { apiVersion: 'v1', items: applied, kind: 'List', metadata: {} });
  if (call.flags.bool('prune')) {
    const pruned: ApiObject[] = [];
    await prune(call, applied, (object) => pruned.push(object));
    for (const object of pruned) await say(object, 'pruned');
  }
}

async function applyOne(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<{ object: ApiObject; outcome: string }> {
  if (!call.flags.bool('server-side')) return applyClientSide(call, target, manifest);
  return { object: await applyServerSide(call, target, manifest), outcome: 'serverside-applied' };
}

export const viewLastApplied: Verb = {
  path: 'apply view-last-applied', about: 'View the latest last-applied-configuration annotations of a resource/object',
  help: 'Shows the manifest with which objects were last applied, from their annotation.', examples: [['# As YAML', 'kubectl apply view-last-applied deployment/web']],
  async run(call) {
    const format = call.flags.string('output');
    if (format !== 'yaml' && format !== 'json') throw call.usage(`Unexpected -o output mode: ${format}, the flag 'output' must be one of yaml|json`);
    const { infos, errors } = await fetched(call, await targetsOf(call, { all: call.flags.bool('all'), selector: call.flags.string('selector') }));
    throwAll(errors);
    for (const { object } of infos) {
      if (object.metadata.annotations?.[LAST_APPLIED] === undefined) continue; // kubectl drops the complaint
      call.out(format === 'yaml' ? goYaml(lastApplied(object)) : goJsonIndented(lastApplied(object)).replace(/^( +)/gm, (spaces) => ' '.repeat(spaces.length / 2)));
    }
  },
};

export const setLastApplied: Verb = {
  path: 'apply set-last-applied', about: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  help: 'Writes the annotation of `apply` without changing anything else of the object.', examples: [['# As if the file had been applied', 'kubectl apply set-last-applied -f web.yaml']],
  async run(call) {
    const { targets, errors } = await targetsOf(call, { args: [] });
    const print = await resultPrinter(call, 'configured');
    throwAll(errors);
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      const { infos, errors: failures } = await fetched(call, { targets: [target], errors: [], isSingle: true });
      if (failures.length > 0) throw new AggregateFailure(failures);
      const [live] = infos;
      if (live?.object.metadata.annotations?.[LAST_APPLIED] === undefined && !call.flags.bool('create-annotation')) {
        throw new KubectlError(`no last-applied-configuration annotation found on resource: ${target.name}, to create the annotation, run the command with --create-annotation`);
      }
      const text = withLastApplied(target.manifest).metadata.annotations?.[LAST_APPLIED];
      if (live?.object.metadata.annotations?.[LAST_APPLIED] === text) {
        call.out(`set-last-applied ${target.name}: no changes required.\n`);
        continue;
      }
      const patch = { metadata: { annotations: { [LAST_APPLIED]: text } } };
      print(call.dryRun() === 'client' && live ? live.object : await patchObject(call, target, 'merge', patch));
    }
  },
};
