/** kubectl diff: what apply would change, without changing it. */
import { typeOfKind } from '../../cluster/api/schema.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, pathOf } from '../discovery.ts';
import { KubectlError, throwAll } from '../errors.ts';
import { LAST_APPLIED, lastApplied, withLastApplied } from '../last-applied.ts';
import { type ApiObject, asObject, isDict, withAt } from '../objects.ts';
import { goYaml } from '../printers/yaml.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { threeWayPatch } from '../three-way.ts';
import { unifiedDiff } from '../unified-diff.ts';
import { appliedByServer, currentOf, patched } from './apply.ts';

export const diff: Verb = {
  path: 'diff', about: 'Diff the live version against a would-be applied version',
  help: 'Shows what `kubectl apply` would change. The exit code is 0 without differences, 1 with some, and more after an error.',
  examples: [['# Against what a file describes', 'kubectl diff -f web.yaml']],
  async run(call) {
    if (!hasManifests(call)) throw call.args.length > 0 ? call.usage(`Unexpected args: [${call.args.join(' ')}]`) : new KubectlError('must specify one of -f and -k');
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
  },
};

async function differences(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<string> {
  const { type, namespace, name } = target;
  const live = await currentOf(call, target);
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
  const { type, namespace, name } = target;
  if (call.flags.bool('server-side')) return appliedByServer(call, target, manifest, 'All');
  const query = { dryRun: 'All', fieldManager: call.flags.string('field-manager') };
  if (!live) return asObject((await call.client()).call('POST', pathOf(type, namespace), { body: manifest, query, subject: { ...type, name } }));
  const wanted = withAt(withLastApplied(manifest), ['metadata', 'annotations', LAST_APPLIED], undefined);
  const patch = threeWayPatch(lastApplied(live), wanted, live, typeOfKind(apiVersionOf(type), type.kind));
  return Object.keys(patch).length === 0 ? live : patched(call, target, patch, query);
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
