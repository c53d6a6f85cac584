/** kubectl diff: what apply would change, without changing it. */
import { liveObject, patchFor } from '../apply/client-side.ts';
import { fieldManager } from '../apply/server-side.ts';
import { typeOfKind } from '../../cluster/api/schema.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf } from '../discovery.ts';
import { KubectlError, report, throwAll } from '../errors.ts';
import { type ApiObject, isDict, withAt } from '../objects.ts';
import { goYaml } from '../printers/yaml.ts';
import { createObject, LAST_APPLIED, patchObject, withLastApplied } from '../requests.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { unifiedDiff } from '../unified-diff.ts';

const DRY_RUN = { dryRun: 'All' };

export const diff: Verb = {
  path: 'diff', about: 'Diff the live version against a would-be applied version',
  help: 'Shows what `kubectl apply` would change. The exit code is 0 without differences, 1 with some, and more after an error.',
  examples: [['# Against what a file describes', 'kubectl diff -f web.yaml']],
  async run(call) {
    try {
      return await allDifferences(call);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
      // Exit code 1 means differences, so failures exit one higher.
      const { text, exitCode } = report(error);
      call.err(text);
      return exitCode + 1;
    }
  },
};

/** Prints all differences; 1 when there are any. */
async function allDifferences(call: Call): Promise<number> {
  if (!hasManifests(call)) throw call.args.length > 0 ? call.usage(`Unexpected args: [${call.args.join(' ')}]`) : new KubectlError('must specify one of -f and -k');
  if (call.flags.bool('force-conflicts') && !call.flags.bool('server-side')) throw new KubectlError('--force-conflicts only works with --server-side');
  const { targets, errors } = await targetsOf(call, { args: [], selector: call.flags.string('selector') });
  const failures = [...errors];
  let hasDifferences = false;
  for (const target of targets) {
    if (target.what !== 'object' || !target.manifest) continue;
    try {
      const text = await differences(call, target, target.manifest);
      call.out(text);
      hasDifferences ||= text !== '';
    } catch (error) {
      failures.push(error);
    }
  }
  throwAll(failures);
  return hasDifferences ? 1 : 0;
}

async function differences(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<string> {
  const { type, namespace, name } = target;
  const live = await liveObject(call, target);
  const merged = await wouldBe(call, target, manifest, live);
  const [before, after] = shown(call, live, merged);
  const hunks = unifiedDiff(before, after);
  if (!hunks) return '';
  const file = [type.group, type.version, type.kind, namespace, name].filter(Boolean).join('.');
  const [left, right] = [`/tmp/LIVE-2840194461/${file}`, `/tmp/MERGED-1107356282/${file}`];
  const time = new Date(call.nowMs).toISOString().replace('T', ' ').replace('Z', '000000 +0000');
  return `diff -u -N ${left} ${right}\n--- ${left}\t${time}\n+++ ${right}\t${time}\n${hunks}`;
}

/** The object as the server would store it. */
async function wouldBe(call: Call, target: ObjectTarget, manifest: ApiObject, live: ApiObject | undefined): Promise<ApiObject> {
  const { flags } = call;
  if (flags.bool('server-side')) return patchObject(call, target, 'apply', manifest, { fieldManager: fieldManager(call), query: { ...DRY_RUN, force: flags.bool('force-conflicts') ? 'true' : 'false' } });
  if (!live) return createObject(call, { type: target.type, namespace: target.namespace }, manifest, { query: DRY_RUN });
  const modified = withAt(withLastApplied(manifest), ['metadata', 'annotations', LAST_APPLIED], undefined);
  const patch = patchFor(target.type, modified, live);
  if (Object.keys(patch).length === 0) return live;
  return patchObject(call, target, typeOfKind(apiVersionOf(target.type), target.type.kind) ? 'strategic' : 'merge', patch, { query: DRY_RUN });
}

/** Both objects as YAML; a Secret's values hidden unless they are asked for. */
function shown({ flags }: Call, live: ApiObject | undefined, merged: ApiObject): [string, string] {
  const hide = (object: ApiObject, other: ApiObject | undefined, word: string): ApiObject => {
    const bare = flags.bool('show-managed-fields') ? object : withAt(object, ['metadata', 'managedFields'], undefined);
    if (bare.kind !== 'Secret' || flags.bool('show-secrets') || !isDict(bare.data)) return bare;
    const theirs = isDict(other?.data) ? other.data : {};
    return { ...bare, data: Object.fromEntries(Object.entries(bare.data).map(([key, value]) => [key, !(key in theirs) || theirs[key] === value ? '***' : `*** (${word})`])) };
  };
  return [live ? goYaml(hide(live, merged, 'before')) : '', goYaml(hide(merged, live, 'after'))];
}
