/** kubectl delete: asks for deletion and waits until the objects are gone. */
import { bodyText, statusErrorOf } from '../client.ts';
import type { Call, Verb } from '../command.ts';
import { groupResource, pathOf } from '../discovery.ts';
import { hasReason, KubectlError, throwAll, withSource } from '../errors.ts';
import { textAt } from '../objects.ts';
import { displayName, fetched, type Info, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { waitUntil } from './waiting.ts';

export const remove: Verb = {
  path: 'delete', about: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  examples: [['# One Pod', 'kubectl delete pod web-0'], ['# All that a file describes', 'kubectl delete -f web.yaml']],
  async run(call) {
    const { flags } = call;
    const force = flags.bool('force');
    if (flags.bool('now') && flags.changed('grace-period')) throw new KubectlError('--now and --grace-period cannot be specified together');
    const cascade = cascadeOf(call);
    const asked = flags.bool('now') ? 1 : flags.number('grace-period');
    const grace = asked === 0 && !force ? 1 : asked < 0 && force ? 0 : asked;
    if (flags.string('raw')) return deleteRaw(call, flags.string('raw'));
    const targets = await targetsOf(call, { all: flags.bool('all'), selector: flags.string('selector'), fieldSelector: flags.string('field-selector'), allNamespaces: flags.bool('all-namespaces') });
    if (!['', 'name'].includes(flags.string('output'))) throw new KubectlError(`unexpected -o output mode: ${flags.string('output')}. We only support '-o name'`);
    if (grace > 0 && force) throw new KubectlError('--force and --grace-period greater than 0 cannot be specified together');
    const lists = targets.targets.filter((t) => t.what === 'list');
    const { infos, errors } = await fetched(call, { ...targets, targets: lists });
    if (force) call.warn('Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.');
    const named = targets.targets.filter((t): t is ObjectTarget => t.what === 'object').map(({ type, namespace, name, source }) => ({ type, namespace, name, source }));
    const all = [...named, ...infos];
    if (flags.bool('interactive') && all.length > 0 && !await isConfirmed(call, all)) return call.out('deletion is cancelled\n');
    const skipsMissing = flags.changed('ignore-not-found') ? flags.bool('ignore-not-found') : flags.bool('all') || flags.string('selector') !== '' || flags.string('field-selector') !== '';
    const removed: Pick<Info, 'type' | 'namespace' | 'name'>[] = [];
    const uids = new Map<object, string>();
    for (const info of all) {
      try {
        uids.set(info, await deleteOne(call, info, { grace, cascade }));
        removed.push(info);
      } catch (error) {
        if (!(skipsMissing && hasReason(error, 'NotFound'))) errors.push(withSource('deleting', info.source, error));
      }
    }
    if (all.length === 0 && errors.length === 0) call.out('No resources found\n');
    if (flags.bool('wait') && call.dryRun() === 'none' && !(force && grace === 0)) for (const info of removed) await gone(call, info, uids.get(info) ?? '');
    throwAll(errors);
  },
};

/** -i: shows what is to go and asks. */
async function isConfirmed(call: Call, all: readonly Pick<Info, 'type' | 'name'>[]): Promise<boolean> {
  call.out(`You are about to delete the following ${all.length} resource(s):\n${all.map(({ type, name }) => `${displayName(type, name)}\n`).join('')}Do you want to continue? (y/n): `);
  return (await call.environment.stdin()).split(/\s/)[0] === 'y';
}

const CASCADES: Readonly<Record<string, string>> = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' };
const OLD_CASCADES: Readonly<Record<string, string>> = { true: 'background', false: 'orphan' };

/** --cascade as a propagation policy. Throws KubectlError. */
export function cascadeOf(call: Call): string {
  const given = call.flags.string('cascade');
  const old = OLD_CASCADES[given];
  if (old) call.err(`warning: --cascade=${given} is deprecated (boolean value) and can be replaced with --cascade=${old}.\n`);
  const policy = CASCADES[old ?? given];
  if (!policy) throw new KubectlError(`invalid cascade value (${given}). Must be "background", "foreground", or "orphan"`);
  return policy;
}

async function deleteRaw(call: Call, path: string): Promise<void> {
  const response = (await call.client()).send('DELETE', path);
  if (response.code >= 400) throw statusErrorOf(response, 'DELETE');
  call.out(bodyText(response));
}

/** Asks for one deletion and says so. Gives the object's UID. Throws StatusError. */
export async function deleteOne(call: Call, { type, namespace, name }: Pick<Info, 'type' | 'namespace' | 'name'>, { grace, cascade }: { grace: number; cascade: string }): Promise<string> {
  const { flags } = call;
  const client = await call.client();
  const dryRun = call.dryRun();
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: cascade, ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}) };
  if (!name) throw new KubectlError('resource name may not be empty');
  const path = pathOf(type, namespace, name);
  const answer = dryRun === 'client' ? client.get(path, { subject: { ...type, name } }) : client.call('DELETE', path, { body, query: call.dryRunQuery(), subject: { ...type, name } });
  if (flags.string('output') === 'name') call.out(`${displayName(type, name)}\n`);
  else call.out(`${groupResource({ group: type.group, plural: type.singular })} "${name}" ${grace === 0 ? 'force deleted' : 'deleted'}${type.namespaced && namespace ? ` from ${namespace} namespace` : ''}${dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : ''}\n`);
  return textAt(answer, 'details', 'uid') || textAt(answer, 'metadata', 'uid');
}

/** Waits until the object is gone, or another has taken its name. */
async function gone(call: Call, { type, namespace, name }: Pick<Info, 'type' | 'namespace' | 'name'>, uid: string): Promise<void> {
  const client = await call.client();
  const timeoutMs = call.flags.duration('timeout') || 168 * 3_600_000;
  const isGone = () => {
    try {
      return textAt(client.get(pathOf(type, namespace, name), { subject: { ...type, name } }), 'metadata', 'uid') !== uid;
    } catch (error) {
      if (hasReason(error, 'NotFound', 'Forbidden')) return true;
      throw error;
    }
  };
  if (!await waitUntil(call, isGone, timeoutMs)) throw new KubectlError(`timed out waiting for the condition on ${type.plural}/${name}`);
}
